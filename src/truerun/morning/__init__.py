"""The morning report: the page of each day, an index of them, and a mail to those who read it."""
