"""The API's own command-line client, through whole lives of things."""
