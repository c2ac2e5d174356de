import os
import pathlib

key = pathlib.Path(os.environ["QAS_TOKEN_FILE"]).read_text().strip()
