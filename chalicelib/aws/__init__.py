"""AWS in our words."""

import logging

for talkative in ("boto3", "botocore", "pynamodb", "urllib3"):
    logging.getLogger(talkative).setLevel(logging.INFO)  # below that they log what they send and get: secrets, tokens, messages
