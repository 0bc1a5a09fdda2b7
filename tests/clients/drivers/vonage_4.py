"""PyPI `vonage` 4: pydantic models in and out, errors raised."""

from talking import serve
from vonage import Auth, HttpClientOptions, Vonage
from vonage_account import GetCountryPricingRequest, GetPrefixPricingRequest, ServiceType
from vonage_messages import Sms
from vonage_sms import SmsMessage


def make(host, api_key, api_secret=None, signature_secret=None, signature_method="md5"):
    method = None if signature_method == "md5hash" else signature_method
    return Vonage(
        Auth(
            api_key=api_key,
            api_secret=api_secret,
            signature_secret=signature_secret,
            signature_method=method,
        ),
        HttpClientOptions(api_host=host, rest_host=host, max_retries=0),
    )


def sms(client, **given):
    fields = {name.replace("-", "_"): value for name, value in given.items()}
    fields["from_"] = fields.pop("from")
    return client.sms.send(SmsMessage(**{"text": "", **fields}))


def settings(client, inbound=None, receipts=None):
    # It takes no None, not even where that is its own default.
    given = {"mo_callback_url": inbound, "dr_callback_url": receipts}
    urls = {name: url for name, url in given.items() if url is not None}
    return client.account.update_default_sms_webhook(**urls)


def price_country(client, country):
    return client.account.get_country_pricing(GetCountryPricingRequest(country_code=country))


def price_prefix(client, prefix):
    return client.account.get_prefix_pricing(GetPrefixPricingRequest(prefix=prefix))


def messages(client, **given):
    given["from_"] = given.pop("from")
    return client.messages.send(Sms(**given))


serve(
    make,
    {
        "sms": sms,
        "balance": lambda client: client.account.get_balance(),
        "top_up": lambda client, trx: client.account.top_up(trx),
        "settings": settings,
        "price_country": price_country,
        "price_all": lambda client: client.account.get_all_countries_pricing(ServiceType.SMS),
        "price_prefix": price_prefix,
        "conversion": lambda client, id, delivered: client.sms.submit_sms_conversion(id, delivered),
        "secrets_list": lambda client: client.account.list_secrets(),
        "secrets_create": lambda client, secret: client.account.create_secret(secret),
        "secrets_get": lambda client, id: client.account.get_secret(id),
        "secrets_delete": lambda client, id: client.account.revoke_secret(id),
        "numbers": lambda client: client.numbers.list_owned_numbers(),
        "messages": messages,
        "check": lambda client, params: client.http_client.auth.check_signature(params),
        "sign": lambda client, params: client.http_client.auth.sign_params(params),
    },
)
