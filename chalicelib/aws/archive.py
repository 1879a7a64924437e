"""S3 in our words: the archive's objects, each sealed under its brand's key of the month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.aws.clients import client
from chalicelib.aws.keyring import Keyring
from chalicelib.errors import Busy

AT_ONCE = 1000
"""Objects that are listed or removed with one call. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html"""


class Archive:
    """Objects by name within their brand. Whoever holds the bucket alone reads nothing."""

    def __init__(self, bucket: str, keyring: Keyring) -> None:
        self._bucket = bucket
        self._keyring = keyring

    def put(self, brand: str, name: str, content: bytes, *, now: datetime) -> None:
        """Keep an object, in the place of one of the same name, or raise `Busy`."""
        from botocore.exceptions import BotoCoreError, ClientError

        locked = self._keyring.lock(brand, content, name=name, now=now)
        try:
            client("s3").put_object(Bucket=self._bucket, Key=f"{brand}/{name}", Body=locked)
        except (BotoCoreError, ClientError) as error:
            raise Busy("The archive did not take an object; try again.") from error

    def fetch(self, brand: str, name: str) -> bytes | None:
        """An object's content; nothing when there is none of this name."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            locked = client("s3").get_object(Bucket=self._bucket, Key=f"{brand}/{name}")["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise Busy("The archive did not give an object; try again.") from error
        except BotoCoreError as error:
            raise Busy("The archive did not give an object; try again.") from error
        return self._keyring.unlock(brand, locked, name=name)

    def list_names(self, brand: str, beginning: str, *, most: int) -> list[str]:
        """Names that begin so, in the order of their characters."""
        from botocore.exceptions import BotoCoreError, ClientError

        settings = {"MaxItems": most, "PageSize": min(most, AT_ONCE)}
        try:
            paginator = client("s3").get_paginator("list_objects_v2")
            pages = paginator.paginate(Bucket=self._bucket, Prefix=f"{brand}/{beginning}", PaginationConfig=settings)
            return [each["Key"].partition("/")[2] for page in pages for each in page.get("Contents", [])]
        except (BotoCoreError, ClientError) as error:
            raise Busy("The archive did not list its objects; try again.") from error

    def remove(self, brand: str, names: Iterable[str]) -> None:
        """Remove objects; those that are gone already are no error."""
        from botocore.exceptions import BotoCoreError, ClientError

        waiting = list(names)
        for start in range(0, len(waiting), AT_ONCE):
            named = [{"Key": f"{brand}/{name}"} for name in waiting[start : start + AT_ONCE]]
            try:
                answer = client("s3").delete_objects(Bucket=self._bucket, Delete={"Objects": named, "Quiet": True})
            except (BotoCoreError, ClientError) as error:
                raise Busy("The archive did not remove its objects; try again.") from error
            if answer.get("Errors"):
                raise Busy("The archive did not remove all of its objects; try again.")

    def offer(self, brand: str, name: str, content: bytes, media_type: str, *, for_s: int) -> str:
        """Keep material that is no secret, such as a code for a poster, and give an address at which anybody who has it gets it.

        It lies apart from the archive, under `<brand>/material/`, and is not sealed by us. `for_s`: how long the address is good.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        place = {"Bucket": self._bucket, "Key": f"{brand}/material/{name}"}
        try:
            client("s3").put_object(**place, Body=content, ContentType=media_type)
            address: str = client("s3").generate_presigned_url("get_object", Params=place, ExpiresIn=for_s)
        except (BotoCoreError, ClientError) as error:
            raise Busy("The bucket did not take the material; try again.") from error
        return address
