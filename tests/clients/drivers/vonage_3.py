"""PyPI `vonage` 3: dictionaries in and out; only HTTP statuses raise."""

import vonage
from talking import serve


def make(host, api_key, api_secret=None, signature_secret=None, signature_method=None):
    client = vonage.Client(
        key=api_key,
        secret=api_secret,
        signature_secret=signature_secret,
        signature_method=None if signature_method == "md5hash" else signature_method,
        max_retries=0,
    )
    client.host(host)
    client.api_host(host)
    return client


def settings(client, inbound=None, receipts=None):
    given = {"moCallBackUrl": inbound, "drCallBackUrl": receipts}
    params = {name: value for name, value in given.items() if value is not None}
    return client.account.update_default_sms_webhook(params)


def messages(client, **given):
    return client.messages.send_message({"channel": "sms", "message_type": "text", **given})


def redact(client, id):
    return vonage.Redact(client).redact_transaction(id, "sms", "outbound")


serve(
    make,
    {
        "sms": lambda client, **given: client.sms.send_message(given),
        "balance": lambda client: client.account.get_balance(),
        "top_up": lambda client, trx: client.account.topup(trx=trx),
        "settings": settings,
        "price_country": lambda client, country: client.account.get_country_pricing(country),
        "price_all": lambda client: client.account.get_all_countries_pricing(),
        "price_prefix": lambda client, prefix: client.account.get_prefix_pricing(prefix),
        "price_phone": lambda client, phone: client.account.get_sms_pricing(phone),
        "conversion": lambda client, id, delivered: client.sms.submit_sms_conversion(id, delivered),
        "secrets_list": lambda client: client.account.list_secrets(client.api_key),
        "secrets_create": lambda client, secret: client.account.create_secret(
            client.api_key, secret
        ),
        "secrets_get": lambda client, id: client.account.get_secret(client.api_key, id),
        "secrets_delete": lambda client, id: client.account.revoke_secret(client.api_key, id),
        "numbers": lambda client: client.numbers.get_account_numbers(size=100),
        "redact": redact,
        "messages": messages,
        "check": lambda client, params: client.check_signature(params),
        "sign": lambda client, params: client.signature(params),
    },
)
