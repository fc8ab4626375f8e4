"""What keeps work safe: recovery, versions, consent, crash logs."""
