package diag

// catalogReview explains the diagnostics of review itself, by ID.
var catalogReview = []Entry{
	{"SF0850", "an acceptance that has expired", "An entry of `seamflow.accept.yaml` has an `until` that is over: what it accepted counts again.\n\n" +
		"```yaml\naccept:\n  - {fingerprint: 3f2a91c0d4e7, reason: dashboards are moved by then, owner: data-team, until: 2026-01-31}\n```\n\n" +
		"Look at the finding once more. Give the entry a later date, or take it out."},
	{"SF0851", "an acceptance of nothing", "An entry of `seamflow.accept.yaml` has a fingerprint that no finding has: the change was made otherwise, or is merged.\n\n" +
		"Take the entry out. Left there, it would accept the same change when it comes again."},
	{"SF0852", "seamflow.accept.yaml cannot be read", "The file is a list below `accept:`; each entry has `fingerprint` (12 hexadecimal digits, as review prints them), `reason`, `owner`, and may have `until` (a date).\n\n" +
		"```yaml\naccept:\n  - fingerprint: 3f2a91c0d4e7\n    reason: the old consumers are gone\n    owner: data-team\n    until: 2026-06-30\n```"},
}
