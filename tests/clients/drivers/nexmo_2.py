"""PyPI `nexmo` 2.5. Its setters of hosts refuse a port, so their private names are used."""

import nexmo
from talking import serve


def make(host, api_key, api_secret=None, signature_secret=None, signature_method=None):
    client = nexmo.Client(
        key=api_key,
        secret=api_secret,
        signature_secret=signature_secret,
        signature_method=None if signature_method == "md5hash" else signature_method,
    )
    client._Client__host = client._Client__api_host = host
    return client


def settings(client, inbound=None, receipts=None):
    given = {"moCallBackUrl": inbound, "drCallBackUrl": receipts}
    return client.update_settings({name: url for name, url in given.items() if url is not None})


serve(
    make,
    {
        "sms": lambda client, **given: nexmo.Sms(client).send_message(given),
        "balance": lambda client: client.get_balance(),
        "top_up": lambda client, trx: client.topup(trx=trx),
        "settings": settings,
        "price_country": lambda client, country: client.get_country_pricing(country),
        "price_prefix": lambda client, prefix: client.get_prefix_pricing(prefix),
        "price_phone": lambda client, phone: client.get_sms_pricing(phone),
        "conversion": lambda client, id, delivered: client.submit_sms_conversion(id, delivered),
        "search_one": lambda client, id: client.get_message(id),
        "search_ids": lambda client, ids: client.search_messages(ids=ids),
        "search_day": lambda client, to, date: client.search_messages(to=to, date=date),
        "rejections": lambda client, to, date: client.get_message_rejections(to=to, date=date),
        "secrets_list": lambda client: client.list_secrets(client.api_key),
        "secrets_create": lambda client, secret: client.create_secret(client.api_key, secret),
        "secrets_get": lambda client, id: client.get_secret(client.api_key, id),
        "secrets_delete": lambda client, id: client.delete_secret(client.api_key, id),
        "numbers": lambda client: client.get_account_numbers(size=100),
        "redact": lambda client, id: client.redact_transaction(id, "sms", "outbound"),
        "check": lambda client, params: client.check_signature(params),
        "sign": lambda client, params: client.signature(params),
    },
)
