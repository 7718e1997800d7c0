"""The requester's side: posting jobs, fetching and checking results, paying, getting money back."""
