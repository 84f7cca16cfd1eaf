"""Secrets: written in the file, in files of their own, or handed over by systemd."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gateway.config.clouds import (
    HOOK_SECRET_CHARACTERS_MIN,
    AliyunSection,
    CloudPlan,
    CloudSecrets,
)
from gateway.config.plan import Plan
from gateway.config.problems import Problems
from gateway.config.target_secrets import TargetSecrets, read_target_secrets

SECRET_BYTES_MAX = 4_096

BROKER_CREDENTIAL = "broker-password"
TWILIO_CREDENTIAL = "twilio-auth-token"
TWILIO_SECOND_CREDENTIAL = "twilio-second-token"
TWILIO_API_CREDENTIAL = "twilio-api-secret"
MODEM_PIN_CREDENTIAL = "modem-pin"
CLOUD_CREDENTIALS = {"aliyun": "aliyun-key-secret", "tencent": "tencent-secret-key"}
HOOK_CREDENTIALS = {"aliyun": "aliyun-hook-secret", "tencent": "tencent-hook-secret"}
"""Names of the systemd credentials (`LoadCredential=` in `deploy/systemd/guanai.service`)."""


class Secrets(NamedTuple):
    """What was found; empty where nothing is configured."""

    broker_password: str
    auth_token: str
    second_token: str
    api_secret: str
    targets: TargetSecrets
    aliyun: CloudSecrets = CloudSecrets()
    tencent: CloudSecrets = CloudSecrets()
    modem_pin: str = ""

    def __repr__(self) -> str:
        return "Secrets(...)"


def read_secrets(
    plan: Plan,
    folder: Path,
    environment: Mapping[str, str],
    problems: Problems,
    warnings: Problems,
    *,
    serving: bool = True,
) -> Secrets:
    """Return all secrets; a missing or doubtful one becomes a problem or a warning.

    A relative path counts from `folder`, where the configuration file is. Who is not
    `serving` can do without: what cannot be read is a warning.
    """
    credentials = environment.get("CREDENTIALS_DIRECTORY", "")
    handed = Path(credentials) if credentials else None
    source = _Source(folder, handed, problems, warnings, serving)
    broker, twilio = plan.broker, plan.twilio
    password = source.read(
        "broker.password", broker.password, broker.password_file, BROKER_CREDENTIAL
    )
    if broker.username and not password and broker.url:
        source.miss("broker.password")
    modem = plan.modem
    pin = source.read("modem.pin", modem.pin, modem.pin_file, MODEM_PIN_CREDENTIAL) if modem else ""
    targets = read_target_secrets(plan, source, problems, warnings, serving=serving)
    aliyun, tencent = _cloud(plan.aliyun, source), _cloud(plan.tencent, source)
    if twilio is None:
        return Secrets(password, "", "", "", targets, aliyun, tencent, pin)
    token = source.read(
        "twilio.auth_token", twilio.auth_token, twilio.auth_token_file, TWILIO_CREDENTIAL
    )
    if not token:
        source.miss("twilio.auth_token")
    api_secret = source.read(
        "twilio.api_secret", twilio.api_secret, twilio.api_secret_file, TWILIO_API_CREDENTIAL
    )
    if twilio.api_key and not api_secret:
        source.miss("twilio.api_secret")
    second = source.read(
        "twilio.second_token",
        twilio.second_token,
        twilio.second_token_file,
        TWILIO_SECOND_CREDENTIAL,
    )
    return Secrets(password, token, second, api_secret, targets, aliyun, tencent, pin)


def _cloud(plan: CloudPlan | None, source: _Source) -> CloudSecrets:
    """Return a cloud's key, and what its pushes must know where it can push."""
    if plan is None or not plan.is_used:
        return CloudSecrets()
    section, name = plan.section, plan.name
    if isinstance(section, AliyunSection):
        setting, written = "access_key_secret", section.access_key_secret
        file = section.access_key_secret_file
    else:
        setting, written, file = "secret_key", section.secret_key, section.secret_key_file
    key = source.read(f"{name}.{setting}", written, file, CLOUD_CREDENTIALS[name])
    if not key:
        source.miss(f"{name}.{setting}")
    where = f"{name}.hook_secret"
    hook = source.read(where, section.hook_secret, section.hook_secret_file, HOOK_CREDENTIALS[name])
    if section.public_url and not hook:
        source.miss(where)
    if hook and (len(hook) < HOOK_SECRET_CHARACTERS_MIN or not is_plain(hook)):
        source.refuse(
            where,
            f"应为至少 {HOOK_SECRET_CHARACTERS_MIN} 个字母或数字：它就是推送地址里的密码",
            f"must be {HOOK_SECRET_CHARACTERS_MIN} or more letters or digits: it is the password "
            "in the addresses to which the cloud pushes",
        )
    return CloudSecrets(key=key, hook=hook)


def is_plain(text: str) -> bool:
    """Return True if `text` can stand in an address as it is."""
    return text.isascii() and text.isalnum()


class _Source:
    """Where secrets may come from, in this order: the file, a file of its own, systemd."""

    def __init__(
        self,
        folder: Path,
        credentials: Path | None,
        problems: Problems,
        warnings: Problems,
        serving: bool,
    ) -> None:
        self._folder = folder
        self._credentials = credentials
        self._problems = problems
        self._warnings = warnings
        self._serving = serving

    def miss(self, where: str) -> None:
        """Note that nothing was found at `where`, unless it is noted already why."""
        noted = (*self._problems.found, *self._warnings.found)
        if any(problem.where in (where, f"{where}_file") for problem in noted):
            return
        name = where.rpartition(".")[2]
        if self._serving:
            self._problems.add(
                where,
                f"缺少；请写 {name} 或 {name}_file",
                f"is missing; write {name} or {name}_file",
            )
        else:
            self._warnings.add(
                where,
                f"这里读不到；服务启动时由 systemd 交给它（LoadCredential），"
                f"否则请写 {name} 或 {name}_file",
                "cannot be read here; the service gets it from systemd (LoadCredential), "
                f"or else write {name} or {name}_file",
            )

    def refuse(self, where: str, zh: str, en: str) -> None:
        """Note that what was found at `where` is no use."""
        self._problems.add(where, zh, en)

    def read(self, where: str, written: str, file: str, credential: str) -> str:
        if written and file:
            self._problems.add(
                where,
                "写了两次；只保留本项或 _file 一项",
                "is given twice; keep either this or the _file setting",
            )
            return ""
        if written:
            return written
        if file:
            return self._from_file(f"{where}_file", self._folder / file)
        if self._credentials and (self._credentials / credential).exists():
            return self._from_file(where, self._credentials / credential)
        beside = self._folder / credential
        if not self._serving and os.access(beside, os.R_OK):
            return self._from_file(where, beside)
        return ""

    def _from_file(self, where: str, path: Path) -> str:
        try:
            if path.stat().st_size > SECRET_BYTES_MAX:
                self._problems.add(
                    where, f"{path} 太大，不像密钥", f"{path} is too big for a secret"
                )
                return ""
            text = path.read_text(encoding="utf-8-sig").strip()
            mode = path.stat().st_mode
        except PermissionError as error:
            noted = self._problems if self._serving else self._warnings
            noted.add(
                where,
                f"没有权限读取 {path}：{error.strerror}；请用 sudo，或检查属主",
                f"cannot read {path}: {error.strerror}; use sudo, or check who owns it",
            )
            return ""
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            self._problems.add(where, f"无法读取 {path}：{reason}", f"cannot read {path}: {reason}")
            return ""
        if not text:
            self._problems.add(where, f"{path} 是空的", f"{path} is empty")
        if mode & (stat.S_IROTH | stat.S_IWOTH):
            self._warnings.add(
                where,
                f"所有用户都能读 {path}；请执行 chmod 600",
                f"everybody on this machine can read {path}; run chmod 600 on it",
            )
        return text
