"""What every room stands on: errors, paths, files, settings, commands, tables and their map."""
