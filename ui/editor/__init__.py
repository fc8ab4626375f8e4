"""The editor window of LinearLink. Only modules that draw import dearpygui."""
