"""Received bytes are parsed only in worker processes, which may crash, hang or swell without
harm to the rest: `pool.Pool` hands them calls, `worker` is what runs in them, `jobs` the calls."""
