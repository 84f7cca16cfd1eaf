"""Signatures against the values the providers' documentation gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.transports.cloud_sign import JSON, acs3, query, tc3
from simulators.clouds.signing import acs3_wrong, tc3_wrong

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def test_aliyun_signs_as_its_documentation_does() -> None:
    """Source: help.aliyun.com, document_detail/2593177, the example with fixed values."""
    headers = acs3(
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query=query(
            {
                "RegionId": "cn-shanghai",
                "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            }
        ),
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tencent_signs_as_its_documentation_does() -> None:
    """Source: cloud.tencent.com, signature v3, the example with its fixed time and body."""
    body = (
        rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    )
    headers = tc3(
        host="cvm.tencentcloudapi.com",
        action="DescribeInstances",
        version="2017-03-12",
        region="ap-guangzhou",
        body=body,
        key_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        secret="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        at=datetime.fromtimestamp(1551113065, UTC),
    )
    assert headers["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/"
        "tc3_request, SignedHeaders=content-type;host, "
        "Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )
    assert headers["Content-Type"] == JSON


class TestTheStandInsCheck:
    """Written apart from the signer, so that one proves the other."""

    def aliyun(self, **wrong: str) -> tuple[str, str] | None:
        pairs = {"PhoneNumbers": "13800000001", "TemplateParam": '{"code":"A 1*~"}'}
        headers = acs3(
            host="dysmsapi.aliyuncs.com",
            action="SendSms",
            version="2017-05-25",
            query=query(pairs),
            key_id="LTAI1",
            secret="one",
            at=AT,
            nonce="n",
        )
        lower = {name.lower(): value for name, value in headers.items()} | wrong
        return acs3_wrong(lower, tuple(pairs.items()), b"", "LTAI1", "one", AT)

    def test_what_was_not_changed_passes(self) -> None:
        assert self.aliyun() is None

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("x-acs-action", "QuerySendDetails", "SignatureDoesNotMatch"),
            ("host", "dyvmsapi.aliyuncs.com", "SignatureDoesNotMatch"),
            ("x-acs-date", "2026-03-02T09:00:00Z", "InvalidTimeStamp.Expired"),
            ("x-acs-date", "yesterday", "InvalidTimeStamp.Format"),
            ("authorization", "Basic x", "IncompleteSignature"),
            ("x-acs-content-sha256", "0" * 64, "SignatureDoesNotMatch"),
        ],
    )
    def test_what_was_changed_does_not(self, name: str, value: str, code: str) -> None:
        found = self.aliyun(**{name: value})
        assert found is not None
        assert found[0] == code

    def test_tencent(self) -> None:
        headers = tc3(
            host="sms.tencentcloudapi.com",
            action="SendSms",
            version="2021-01-11",
            region="ap-guangzhou",
            body=b"{}",
            key_id="AKID1",
            secret="one",
            at=AT,
        )
        lower = {name.lower(): value for name, value in headers.items()}
        assert tc3_wrong(lower, b"{}", "AKID1", "one", AT) is None
        for changed, body, secret, at, code in [
            (lower, b'{"a":1}', "one", AT, "AuthFailure.SignatureFailure"),
            (lower, b"{}", "two", AT, "AuthFailure.SignatureFailure"),
            (lower, b"{}", "one", AT + timedelta(minutes=6), "AuthFailure.SignatureExpire"),
            (lower | {"host": "vms.tencentcloudapi.com"}, b"{}", "one", AT, None),
            ({}, b"{}", "one", AT, "AuthFailure.InvalidAuthorization"),
        ]:
            found = tc3_wrong(changed, body, "AKID1", secret, at)
            assert found is not None
            assert code in (None, found[0])
