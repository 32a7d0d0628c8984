"""The main window, its pages and its dialogs: layout only, the state is in the controllers."""
