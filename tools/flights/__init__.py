"""What this repository's own project, the flights, needs beside the tools of any project."""
