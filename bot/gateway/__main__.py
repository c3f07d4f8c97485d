"""Runs the gateway: `python -m bot.gateway`."""

import uvicorn

from bot.gateway.app import create_app
from bot.settings import settings

if __name__ == "__main__":
    uvicorn.run(create_app(), host=settings().host, port=settings().port, log_config=None, access_log=False)
