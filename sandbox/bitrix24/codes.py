"""Every error code of the portal with its status and text, so that a fault can be asked for by its name.

Where the vendor's documentation and the vendor's live-tested client differ in the status, the client's is
the default and the fault may name another one (system errors page; b24pysdk error classes).
"""

CODES: dict[str, tuple[int, str]] = {
    "QUERY_LIMIT_EXCEEDED": (503, "Too many requests"),
    "OVERLOAD_LIMIT": (503, "REST API is blocked due to overload."),
    "OPERATION_TIME_LIMIT": (429, "Method is blocked due to operation time limit."),
    "INTERNAL_SERVER_ERROR": (500, "Internal server error"),
    "ERROR_UNEXPECTED_ANSWER": (500, "Server returned an unexpected response"),
    "PORTAL_DELETED": (410, "Portal deleted"),
    "expired_token": (401, "The access token provided has expired."),
    "invalid_token": (401, "Unable to get application by token"),
    "NO_AUTH_FOUND": (401, "Wrong authorization data"),
    "INVALID_CREDENTIALS": (401, "Invalid request credentials"),
    "insufficient_scope": (
        401,
        "The request requires higher privileges than provided by the webhook token",
    ),
    "user_access_error": (403, "The user does not have access to the application."),
    "ACCESS_DENIED": (403, "REST API is available only on commercial plans."),
    "authorization_error": (401, "Unable to authorize user"),
    "ERROR_OAUTH": (401, "Application not installed"),
    "APPLICATION_NOT_FOUND": (401, "Application not found"),
    "NOT_INSTALLED": (401, "Application not installed"),
    "PAYMENT_REQUIRED": (401, "Subscription has been ended"),
    "METHOD_CONFIRM_WAITING": (401, "Waiting for confirmation"),
    "METHOD_CONFIRM_DENIED": (403, "Method call denied"),
    "WRONG_AUTH_TYPE": (403, "Current authorization type is denied for this method"),
    "allowed_only_intranet_user": (403, "Only intranet users are allowed"),
    "INVALID_REQUEST": (400, "Https required."),
    "ERROR_METHOD_NOT_FOUND": (404, "Method not found!"),
    "ERROR_BATCH_LENGTH_EXCEEDED": (400, "Max batch length exceeded"),
    "ERROR_BATCH_METHOD_NOT_ALLOWED": (405, "Method is not allowed for batch usage"),
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": (404, "Manifest is not available"),
    "NOT_FOUND": (400, "Элемент не найден"),
    "INVALID_ARG_VALUE": (400, "Invalid value of an argument"),
    "ERROR_CORE": (400, "Значение поля не прошло проверку<br>"),
    "100": (400, "Could not find value for parameter {fields} (internal error)"),
    "0": (400, "Действие над задачей не разрешено"),
    "": (400, "Access denied."),
    # The OAuth server's own.
    "invalid_request": (400, "Invalid request"),
    "invalid_client": (400, "Invalid client"),
    "invalid_grant": (400, "Invalid grant"),
    "invalid_scope": (403, "Invalid scope"),
    "WRONG_CLIENT": (200, "Wrong client"),
}
