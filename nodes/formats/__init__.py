"""Readers and writers of image files: ``read(path, options)`` and ``write(path, image)`` each."""
