"""asyncio's streams on uvloop."""

import echo

echo.main("uvloop")
