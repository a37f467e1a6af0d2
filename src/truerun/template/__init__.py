"""What every project of a table holds, whatever the table: `files/`, with marks to fill in."""
