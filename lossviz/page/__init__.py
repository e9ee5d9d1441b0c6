"""What every widget of ours shares on a page: its cell, its end, its words, its questions."""
