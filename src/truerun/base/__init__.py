"""The foundation of all rooms: errors, paths, files, settings, commands, tables and their map."""
