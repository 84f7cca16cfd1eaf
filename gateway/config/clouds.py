"""`[aliyun]` and `[tencent]`: the mainland clouds, their registered texts, and what may not be.

Annotations here are evaluated (see `gateway.config.sections`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from alerting.delivery.channels.channel import Account
from alerting.delivery.registered import Extra, Registered, faults
from alerting.household import Path
from alerting.orders import About
from alerting.words import Words
from gateway.config.problems import Problems
from gateway.config.values import Language, ProviderUrl, Sayable, Text
from gateway.transports.settings import CloudAccess

ALIYUN = "aliyun"
HOOK_SECRET_CHARACTERS_MIN = 24
"""As long as a guess must be hopeless."""
NEEDED = (About.ALARM, About.ESCALATED)
"""What a way out must be able to say to carry alarms at all."""


class CloudChannel(StrEnum):
    """What a registered text is for."""

    SMS = "sms"
    VOICE = "voice"


@dataclass(frozen=True, kw_only=True)
class CloudTextSection:
    """`[[aliyun.text]]` and `[[tencent.text]]`."""

    channel: CloudChannel = CloudChannel.SMS
    about: Sayable
    language: Language = "zh"
    code: Text
    text: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AliyunSection:
    """`[aliyun]`, without its texts."""

    access_key_id: str = ""
    access_key_secret: str = field(default="", repr=False)
    access_key_secret_file: str = ""
    signature: str = ""
    shown_number: str = ""
    key_text: str = ""
    public_url: ProviderUrl = ""
    hook_secret: str = field(default="", repr=False)
    hook_secret_file: str = ""
    base_url: ProviderUrl = ""


@dataclass(frozen=True, kw_only=True)
class TencentSection:
    """`[tencent]`, without its texts."""

    secret_id: str = ""
    secret_key: str = field(default="", repr=False)
    secret_key_file: str = ""
    signature: str = ""
    sms_app: str = ""
    voice_app: str = ""
    region: Text = "ap-guangzhou"
    public_url: ProviderUrl = ""
    hook_secret: str = field(default="", repr=False)
    hook_secret_file: str = ""
    base_url: ProviderUrl = ""


@dataclass(frozen=True, kw_only=True)
class CloudPlan:
    """One cloud with its texts, as far as they could be read."""

    name: str
    section: AliyunSection | TencentSection
    texts: tuple[tuple[str, CloudTextSection], ...]

    @property
    def is_used(self) -> bool:
        """True once it says who we are there; until then its texts are only prepared."""
        section = self.section
        if isinstance(section, AliyunSection):
            return bool(section.access_key_id)
        return bool(section.secret_id)

    @property
    def way_out(self) -> Path | None:
        """Return this way out of the house; None: it is not in use yet."""
        settings = cloud_settings(self, CloudSecrets())
        return settings.path if settings is not None and settings.channels else None

    def registered(self) -> tuple[Registered, ...]:
        """Return the texts as the channels want them."""
        return tuple(_registered(text) for _, text in self.texts)


@dataclass(frozen=True, kw_only=True)
class CloudSecrets:
    """What is not in the file's sections; empty where nothing is configured."""

    key: str = field(default="", repr=False)
    hook: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class CloudSettings:
    """An account at a cloud, checked."""

    name: str
    access: CloudAccess = field(repr=False)

    @property
    def channels(self) -> tuple[str, ...]:
        """Name the channels for which something is registered."""
        carried = {text.channel for text in self.access.account.texts}
        return tuple(channel.value for channel in CloudChannel if channel.value in carried)

    @property
    def path(self) -> Path:
        """Return this way out of the house."""
        texts = self.access.account.texts
        says = tuple(sorted({f"{text.channel}/{text.about}" for text in texts}))
        return Path(self.name, self.channels, one_way=self._one_way(), says=says)

    def _one_way(self) -> tuple[str, ...]:
        """Name the channels by which no answer comes back as we are set up.

        Keys are pushed only, and so are Aliyun's replies; Tencent's can be asked for.
        """
        account = self.access.account
        silent = [] if account.can_press else [CloudChannel.VOICE]
        if self.name == ALIYUN and not account.public_url:
            silent.append(CloudChannel.SMS)
        return tuple(one.value for one in silent if one.value in self.channels)


def cloud_settings(plan: CloudPlan | None, secrets: CloudSecrets) -> CloudSettings | None:
    """Return the settings of a cloud that is configured and has passed every check."""
    if plan is None or not plan.is_used:
        return None
    section = plan.section
    account = Account(
        sender=section.signature,
        public_url=section.public_url,
        app="" if isinstance(section, AliyunSection) else section.sms_app,
        voice_app="" if isinstance(section, AliyunSection) else section.voice_app,
        shown_number=section.shown_number if isinstance(section, AliyunSection) else "",
        key_text=section.key_text if isinstance(section, AliyunSection) else "",
        texts=plan.registered(),
    )
    access = CloudAccess(
        key_id=(section.access_key_id if isinstance(section, AliyunSection) else section.secret_id),
        secret=secrets.key,
        account=account,
        hook_secret=secrets.hook,
        region="" if isinstance(section, AliyunSection) else section.region,
        api_url=section.base_url,
    )
    return CloudSettings(name=plan.name, access=access)


def check_cloud(
    plan: CloudPlan | None, has_others: bool, problems: Problems, warnings: Problems
) -> None:
    """Note everything for which messages would be refused later.

    Args:
        plan: the cloud; None: it is not in the file.
        has_others: there are other ways out, for what is not registered here.
        problems: what is wrong.
        warnings: what is doubtful.
    """
    if plan is None:
        return
    settings = cloud_settings(plan, CloudSecrets())
    can_press = settings is not None and settings.access.account.can_press
    for where, text in plan.texts:
        if not text.text or not text.code:
            continue  # it could not be read
        for words in faults(_registered(text), plan.name, plan.section.signature, can_press):
            problems.add(f"{where}.text", words.zh, words.en)
    _check_differing(plan, problems)
    if not plan.is_used:
        return
    if not plan.section.signature:
        problems.add(
            f"{plan.name}.signature",
            '缺少这项设置；写审核通过的签名，如 "江畔关爱"',
            'is missing; write the approved signature, e.g. "江畔关爱"',
        )
    _check_needed(plan, has_others, problems, warnings)
    _check_voice(plan, problems, warnings)


def _check_differing(plan: CloudPlan, problems: Problems) -> None:
    first: dict[tuple[str, str, str], str] = {}
    for where, text in plan.texts:
        same = (text.channel, text.about, text.language)
        if same in first:
            problems.add(
                where,
                f"与 {first[same]} 说的是同一件事（channel、about、language 相同）",
                f"says the same as {first[same]} (channel, about and language)",
            )
        first.setdefault(same, where)


def _check_needed(
    plan: CloudPlan, has_others: bool, problems: Problems, warnings: Problems
) -> None:
    if not plan.texts:
        problems.add(
            f"{plan.name}.text",
            f"没有任何已审核的模板，发不出短信；请写 [[{plan.name}.text]]，见 docs/clouds.md",
            f"there is none, and without registered texts nothing can be sent; "
            f"write [[{plan.name}.text]] as in docs/clouds.md",
        )
    for channel in CloudChannel:
        said = {text.about for _, text in plan.texts if text.channel is channel}
        if not said:
            continue
        where = f"{plan.name}.text"
        for about in NEEDED:
            if about not in said:
                problems.add(
                    where,
                    f"{channel} 没有 about = “{about.value}” 的模板：报警发不出去",
                    f"{channel} has no text about {about.value!r}: alarms could not be sent",
                )
        # an answer to a call is a text all the same
        there = (*About, *Extra) if channel is CloudChannel.SMS else (*About, Extra.DRILL)
        others = _joined(about for about in there if about not in said | set(NEEDED))
        if others.en and not has_others:
            warnings.add(
                where,
                f"{channel} 没有这些模板，又没有别的途径，这类通知发不出去：{others.zh}",
                f"{channel} has no text for these and there is no other way: nobody is told "
                f"of {others.en}",
            )


def _check_voice(plan: CloudPlan, problems: Problems, warnings: Problems) -> None:
    section = plan.section
    calls = any(text.channel is CloudChannel.VOICE for _, text in plan.texts)
    if isinstance(section, TencentSection):
        texts = any(text.channel is CloudChannel.SMS for _, text in plan.texts)
        for name, used in (("sms_app", texts), ("voice_app", calls)):
            if used and not getattr(section, name):
                problems.add(
                    f"{plan.name}.{name}",
                    "缺少这项设置；写控制台里应用的 SdkAppId",
                    "is missing; write the application's SdkAppId from the console",
                )
    if calls and not section.public_url:
        warnings.add(
            f"{plan.name}.public_url",
            "没有公网地址：电话里的按键收不到，接到电话的人要用短信或回电答复",
            "is not set: keys pressed in calls do not come back; who is called answers by text "
            "or by ringing back",
        )


def _registered(text: CloudTextSection) -> Registered:
    return Registered(
        text.channel.value if isinstance(text.channel, CloudChannel) else "",
        text.about,
        text.code,
        text.text,
        text.language,
        tuple(text.variables),
    )


def _joined(abouts: Iterable[About | Extra]) -> Words:
    names = [about.value for about in abouts]
    return Words("、".join(names), ", ".join(names))
