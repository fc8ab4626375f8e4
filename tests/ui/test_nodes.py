"""The help and the schemas of the node types."""

from __future__ import annotations

import json

import jsonschema
import pytest

from graph.schema import graph_schema
from graph.spec import NodeSpec
from tests.command_line import SAMPLES, Command
from ui.commands.nodes import describe
from ui.packs import load_registry

SPECS = {spec.id: spec for spec in load_registry(packs=False)}


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_node_explains_itself(spec: NodeSpec) -> None:
    assert spec.title
    assert spec.summary.endswith(".")
    assert len(spec.summary) <= 100
    unexplained = [name for name, parameter in spec.params.items() if not parameter.help]
    assert unexplained == []
    text = describe(spec)
    assert text.startswith(f"{spec.id}  (version {spec.version})\n\n{spec.summary}")
    for end in (*spec.sockets, *spec.params, *spec.outputs):
        assert f"\n  {end}: " in text
    assert "REQUIRED" not in text
    assert "<class" not in text


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_help_lines_name_parameters_that_exist(spec: NodeSpec) -> None:
    """A parameter that was renamed leaves no line behind."""
    body = spec.doc.partition("\n")[2].splitlines()
    start = next((i for i, line in enumerate(body) if line.partition(":")[0] in spec.params), None)
    heads = [line.partition(":")[0] for line in body[start or 0 :] if line[:1].strip()]
    known = {*spec.params, *spec.sockets}
    assert start is None or set(heads) <= known


def test_the_list_holds_every_type_under_its_family(linearlink: Command) -> None:
    done = linearlink("nodes")
    assert done.code == 0
    family = ""
    seen = []
    for line in done.out.splitlines():
        if not line.startswith(" "):
            family = line
        else:
            id, _, summary = line.strip().partition(" ")
            assert id.startswith(f"{family}.")
            assert summary.strip() == SPECS[id].summary
            seen.append(id)
    assert seen == sorted(SPECS)


def test_one_type_one_family_and_none(linearlink: Command) -> None:
    assert linearlink("nodes", "view.screen").out.startswith("view.screen  (version ")
    family = linearlink("nodes", "stretch").out.splitlines()
    assert family[0] == "stretch"
    assert len(family) == 1 + sum(id.startswith("stretch.") for id in SPECS)
    wrong = linearlink("nodes", "stretch.aply")
    assert wrong.code == 2
    assert wrong.mistakes == ["no node type 'stretch.aply'; did you mean 'stretch.apply'?"]


def test_json_holds_a_good_schema_of_every_type(linearlink: Command) -> None:
    schemas = linearlink("nodes", "--json").json
    assert sorted(schemas) == sorted(SPECS)
    for id, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        properties = schema["properties"]["params"]["properties"]
        assert set(properties) == set(SPECS[id].params)
        assert all(entry["description"] for entry in properties.values())
        jsonschema.validate({"type": id, "params": {}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            {"type": "view.screen", "params": {"link": "both"}}, schemas["view.screen"]
        )
    one = linearlink("nodes", "view.screen", "--json").json
    assert one == {"view.screen": schemas["view.screen"]}


def test_the_samples_fit_the_schema_of_the_file() -> None:
    schema = graph_schema(load_registry(packs=False))
    jsonschema.Draft202012Validator.check_schema(schema)
    paths = sorted(SAMPLES.glob("*.graph.json"))
    assert paths
    for path in paths:
        data = json.loads(path.read_text("utf-8"))
        jsonschema.validate(data, schema)
        load = next(n for n in data["nodes"].values() if n["type"].startswith("io.load_"))
        load["params"]["linear"] = "both"
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, schema)


def test_names_of_other_programs_are_shown_and_in_the_schema(linearlink: Command) -> None:
    shown = linearlink("nodes", "stretch.histogram").out
    assert "\nKnown as HistogramTransformation, HT, " in shown
    schema = linearlink("nodes", "stretch.histogram", "--json").json["stretch.histogram"]
    assert schema["known_as"] == list(SPECS["stretch.histogram"].known_as)
    assert "Known as" not in describe(SPECS["view.pyramid"])
