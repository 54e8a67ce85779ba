-- The worker asks an operator's rules about numbers once more, when it has opened one.
GRANT SELECT ON denied_prefixes TO dingline_worker;
