"""Several hosts on one machine, as network namespaces, and a trial in which one of them loses its link."""
