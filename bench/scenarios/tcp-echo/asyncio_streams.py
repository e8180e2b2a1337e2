"""asyncio's streams on its own loop."""

import echo

echo.main("asyncio")
