"""Makes a hand-off token: who is signed in at the shop, signed, good once and for a minute. Python 3, without any package."""

import base64
import hashlib
import hmac
import json
import secrets
import time


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def mint(address, store, secret, customer_id, email=None, email_verified=False):
    now = int(time.time())
    claims = {
        "iss": store,
        "aud": address,
        "sub": str(customer_id),
        "jti": base64url(secrets.token_bytes(16)),
        "iat": now,
        "exp": now + 60,
    }
    if email:
        claims["email"] = email
        claims["email_verified"] = email_verified
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
    return signed + "." + base64url(signature)
