"""`stele keys`: projects and their credentials."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import typer

from stele.cli.common import DEMO, AsJson, Data, OnlyProject, opened, principal, print_table, when
from stele.domain.errors import KeySetNotFound

app = typer.Typer(help="Credentials of projects, for every dialect.", no_args_is_help=True)

_HOW = """\
A new key set of the project {project}. The secrets are shown this once.

Native API        Authorization: Bearer {bearer_token}
Google clients    ?key={api_key}, or the bearer token
AWS clients       AWS_ACCESS_KEY_ID={access_key_id}
                  AWS_SECRET_ACCESS_KEY={secret_access_key}
OAuth clients     client_id={client_id}
                  client_secret={client_secret}
PicWish clients   X-API-KEY: {api_key}

Webhooks are signed with the project's secret: stele keys webhook-secret --project {project}
Revoke it with: stele keys revoke {key_set}"""

#: what `--json` prints, in this order
_FIELDS = (
    "project",
    "bearer_token",
    "api_key",
    "access_key_id",
    "secret_access_key",
    "client_id",
    "client_secret",
)


@app.command("create")
def create(
    ctx: typer.Context,
    *,
    project: Annotated[str, typer.Option("--project", "-p", metavar="NAME", help="The project; made where it is new.")],
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Make a set of credentials and print it with how to use it. It cannot be shown again."""
    from stele.service.access import create_keys

    with opened(ctx, data) as core:
        keys = create_keys(core, project)
    values = {name: getattr(keys, name) for name in (*_FIELDS, "key_set")}
    print(json.dumps({name: values[name] for name in _FIELDS}) if as_json else _HOW.format(**values))


@app.command("service-account")
def service_account(
    ctx: typer.Context,
    *,
    project: Annotated[str, typer.Option("--project", "-p", metavar="NAME", help="The project; made where it is new.")],
    data: Data = None,
) -> None:
    """Make a service account and print its key file, as Google Cloud has them. It cannot be shown again.

    GOOGLE_APPLICATION_CREDENTIALS names the file for Google's client libraries, which ask nobody else for a token.
    """
    from stele.service.accounts import create_account

    with opened(ctx, data) as core:
        account = create_account(core, project)
    print(json.dumps(account, indent=2))


@app.command("service-identity")
def service_identity(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    *,
    project: Annotated[str, typer.Option("--project", "-p", metavar="NAME", help="The project; made where it is new.")],
    endpoint: Annotated[
        str,
        typer.Option(metavar="URL", show_default=False, help="Where the server is reached, e.g. https://HOST:8080."),
    ],
    ca_cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", show_default="the public ones", help="The authority of the server's certificate."),
    ] = None,
    data: Data = None,
) -> None:
    """Make a service identity and print its key file, as Google Distributed Cloud has them. It cannot be shown again.

    GOOGLE_APPLICATION_CREDENTIALS names the file for Google's client libraries.
    """
    from stele.service.identities import create_identity

    with opened(ctx, data) as core:
        key = create_identity(
            core,
            project,
            name,
            token_uri=f"{endpoint.rstrip('/')}/authenticate",
            ca_cert_path=str(ca_cert.absolute()) if ca_cert else None,
        )
    print(json.dumps(key, indent=2))


@app.command("webhook-secret")
def webhook_secret(
    ctx: typer.Context,
    *,
    project: Annotated[str, typer.Option("--project", "-p", metavar="NAME", help="Whose webhooks these are.")] = DEMO,
    data: Data = None,
) -> None:
    """Print the secret that the project's webhooks are signed with, for their receiver."""
    with opened(ctx, data) as core:
        print(core.store.webhook_secret(principal(core, project).project))


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    project: OnlyProject = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """List the key sets, without their secrets."""
    with opened(ctx, data) as core:
        credentials = core.store.credentials(project)
    sets = defaultdict(list)
    for credential in credentials:
        sets[credential.project, credential.key_set].append(credential)
    if as_json:
        for (owner, key_set), members in sets.items():
            first = members[0]
            print(json.dumps({"project": owner, "key_set": key_set, "created_at": first.created_at,
                              "revoked_at": first.revoked_at}))  # fmt: skip
        return
    rows = [(owner, key_set, when(members[0].created_at), when(members[0].revoked_at))
            for (owner, key_set), members in sets.items()]  # fmt: skip
    print_table(("PROJECT", "KEY SET", "CREATED", "REVOKED"), rows)


@app.command("revoke")
def revoke(
    ctx: typer.Context,
    key_set: Annotated[str, typer.Argument(metavar="KEY_SET", show_default=False, help="As stele keys list has it.")],
    *,
    data: Data = None,
) -> None:
    """Revoke all credentials of a key set, at once and for good."""
    from stele.service import access

    with opened(ctx, data) as core:
        if not access.revoke(core, key_set):
            raise KeySetNotFound(key_set=key_set)
    print(f"The key set {key_set} is revoked.")
