"""Calls by one of the official packages, in an environment that has nothing else.

Run with the package's version, the server's address, a client id and its secret; calls come as a line of
JSON each, `[operation, body]`, and their outcomes go as a line each: the id, and what the envelope says.
"""

import importlib
import json
import re
import sys
import urllib.parse
import urllib.request

import aspose_ocr_cloud
from aspose_ocr_cloud.configuration import Configuration

VERSION, BASE, CLIENT, SECRET = sys.argv[1:]
#: the release of December 2023 is of another generator
OLD = VERSION.startswith("23.")
MODELS = "aspose_ocr_cloud.model" if OLD else "aspose_ocr_cloud.models"
APIS = "aspose_ocr_cloud.apis.tags" if OLD else "aspose_ocr_cloud.api"
BODIES = {
    "DjVu2PDF": "OCRDjVu2PDFBody",
    "ConvertTextToSpeech": "TTSBody",
    "ConvertTextToSpeechTrial": "TTSBody",
    "IdentifyFont": "OCRRecognizeFontBody",
    "RecognizeImageTrial": "OCRRecognizeImageBody",
}


def snake(name):
    """As the generator has it."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return {"ocr": "ocr_", "tts": "tts_"}.get(name[:3], name[:3]) + name[3:] if name[:3] in {"ocr", "tts"} else name


def configured():
    """As the specification of the package's version says."""
    configuration = Configuration(host=BASE)
    if hasattr(configuration, "get_token"):
        configuration.auth_host = BASE + "/connect/token"
        configuration.client_id, configuration.client_secret = CLIENT, SECRET
        configuration.access_token = configuration.get_token()
        return configuration
    fields = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
    with urllib.request.urlopen(BASE + "/connect/token", urllib.parse.urlencode(fields).encode()) as answer:
        return Configuration(host=BASE, access_token=json.load(answer)["access_token"])


def api_of(client, operation):
    name = {"DjVu2PDF": "dj_vu2_pdf"}.get(operation) or snake(operation)
    module = importlib.import_module(f"{APIS}.{name}_api")
    kind = next(one for one in dir(module) if one.lower() == name.replace("_", "") + "api")
    return getattr(module, kind)(client), name


def body_of(operation, given):
    name = BODIES.get(operation) or f"OCR{operation}Body"
    module = {"OCRDjVu2PDFBody": "ocrdj_vu2_pdf_body"}.get(name) or snake(name)
    kind = getattr(importlib.import_module(f"{MODELS}.{module}"), name)
    return kind(**given) if OLD else kind.from_dict(given)


def told(answer):
    body = json.loads(answer.response.data) if OLD else answer.to_dict()
    error = body.get("error")
    if error is not None and not OLD:
        error = answer.error.model_dump()  # `to_dict` leaves out what is in it
    return {
        "status": str(getattr(body["taskStatus"], "value", body["taskStatus"])),
        "code": str(getattr(body["responseStatusCode"], "value", body["responseStatusCode"])),
        "results": [[one["type"], one["data"]] for one in body.get("results") or ()],
        "error": error,
    }


def made(client, operation, given):
    if operation == "ImageProcessing":
        name, path = given
        api, _ = api_of(client, operation)
        task = getattr(api, name)(file=path)
        file = api.get_result_file_without_preload_content(id=task)  # else it is taken for text
        return {"id": task, "media_type": file.headers["content-type"], **told(api.get_result_task(id=task))}
    api, name = api_of(client, operation)
    post, get, cancel = (getattr(api, f"{verb}_{name}") for verb in ("post", "get", "cancel"))
    if OLD:
        task = str(post(body=body_of(operation, given)).body)
        return {"id": task, **told(get(query_params={"id": task}))}
    task = post(body_of(operation, given))
    answer = {"id": task, **told(get(id=task))}
    status, _ = api_of(client, "Utilities")
    answer["before"] = status.get_task_status(id=task).task_status.value
    cancel(id=task)
    answer["after"] = status.get_task_status(id=task).task_status.value
    return answer


with aspose_ocr_cloud.ApiClient(configured()) as client:
    for line in sys.stdin:
        operation, given = json.loads(line)
        try:
            outcome = made(client, operation, given)
        except aspose_ocr_cloud.ApiException as error:
            outcome = {"raised": type(error).__name__, "http": error.status}
        print(json.dumps(outcome), flush=True)
