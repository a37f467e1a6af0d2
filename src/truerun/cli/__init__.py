"""The command `truerun`: its verbs by who uses them, their help, and completion for a shell."""
