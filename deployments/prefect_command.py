"""Prefect's own command with hemgang's settings: nothing leaves the machine, its log holds no content, servers share.

    python -m deployments.prefect_command server start --no-services

`PREFECT_REDIS_MESSAGING_URL` says that there are several API servers. The tables are made by `server database upgrade`.
"""

from deployments.prefect_server import apply_prefect_settings, apply_server_settings

if __name__ == "__main__":
    import runpy

    apply_prefect_settings()
    apply_server_settings()
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)
