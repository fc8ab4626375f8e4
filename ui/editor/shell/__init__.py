"""What stands around the panels: menus, dialogs, sheets, searches, lines."""
