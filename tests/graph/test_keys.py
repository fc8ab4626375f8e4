from tests.graph import toy_nodes as toy
def test_a(): assert toy.registry()
