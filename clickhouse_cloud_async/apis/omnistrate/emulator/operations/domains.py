"""Domains of the vendor, portals, and the domains of portals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.call import kept
from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation
from clickhouse_cloud_async.apis.omnistrate.emulator.states import CUSTOM_DOMAINS
from clickhouse_cloud_async.apis.omnistrate.emulator.tree import tree
from clickhouse_cloud_async.apis.omnistrate.emulator.tree.portals import (
    DOMAINS,
    PORTAL_DOMAINS,
    PORTALS,
    portal_key,
)
from clickhouse_cloud_async.emulation.problems import conflict, not_found
from clickhouse_cloud_async.emulation.store import name_of, public

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path


@operation("createCustomDomain")
def create_domain(call: Call) -> str:
    """Add a domain, which waits until its zone grants access."""
    template = "https://templates.example.com/domain.yaml"
    configuration = {
        **call.body["route53Configuration"],
        "awsCloudFormationTemplateURL": template,
    }
    fields = {**call.body, "route53Configuration": configuration}
    domain = tree.add(call.world, "custom-domains", call.org_id, fields)
    CUSTOM_DOMAINS.enter(call.place, ("custom-domains", domain["id"]), "PENDING")
    key: str = domain["id"]
    return key


@operation("verifyCustomDomain")
def verify_domain(call: Call) -> None:
    """Start the verification of a domain's zone, which always succeeds in an emulator."""
    call.get("custom-domains", call.parameters["id"])
    CUSTOM_DOMAINS.enter(call.place, call.path, "VERIFYING")


@operation("deleteCustomDomain")
def delete_domain(call: Call) -> None:
    """Delete a domain."""
    call.get("custom-domains", call.parameters["id"])
    tree.remove(call.world, "custom-domains", call.parameters["id"])


@operation("listSaaSPortals")
def list_portals(call: Call) -> JsonObject:
    """List the portals of the organisation."""
    return {"saasPortals": [_shown_portal(call, portal) for portal in call.all(PORTALS[0])]}


@operation("updateSaaSPortal")
def update_portal(call: Call) -> None:
    """Change the appearance and the e-mail settings of a portal."""
    portal = _find(call, PORTALS, call.parameters["environmentType"])
    names = ("customDomain", "disablePasswordLogin", "emailConfig", "googleAnalyticsTagID")
    portal |= kept(call.body, *names, "imageConfig")


@operation("listSaaSPortalCustomDomains")
def list_portal_domains(call: Call) -> JsonObject:
    """List the domains of the organisation's portals."""
    return {"customDomains": [public(domain) for domain in call.all(PORTAL_DOMAINS[0])]}


@operation("createSaaSPortalCustomDomain")
def create_portal_domain(call: Call) -> None:
    """Add a domain to a portal, which waits until its record points to the portal."""
    kind = call.body["environmentType"]
    portal = _find(call, PORTALS, kind)
    path = _path(call, PORTAL_DOMAINS, kind)
    if call.store.peek(path) is not None:
        raise conflict(f"the portal of {kind} has a domain already")
    endpoint = {"clusterEndpoint": portal["endpoint"], "_org": call.org_id}
    names = ("customDomain", "description", "environmentType", "name")
    call.store.put(path, {**kept(call.body, *names), **endpoint})
    DOMAINS.enter(call.place, path, "PENDING")


@operation("updateSaaSPortalCustomDomain")
def update_portal_domain(call: Call) -> None:
    """Change a portal's domain; a new name waits for its record again."""
    kind = call.parameters["environmentType"]
    domain = _find(call, PORTAL_DOMAINS, kind)
    moved = call.body.get("customDomain", domain["customDomain"]) != domain["customDomain"]
    domain |= kept(call.body, "customDomain", "description", "name")
    if moved:
        DOMAINS.enter(call.place, _path(call, PORTAL_DOMAINS, kind), "PENDING")


@operation("deleteSaaSPortalCustomDomain")
def delete_portal_domain(call: Call) -> None:
    """Start the removal of a portal's domain."""
    kind = call.parameters["environmentType"]
    _find(call, PORTAL_DOMAINS, kind)
    DOMAINS.enter(call.place, _path(call, PORTAL_DOMAINS, kind), "DELETING")


def _shown_portal(call: Call, portal: JsonObject) -> JsonObject:
    result = public(portal)
    domain = call.store.peek(_path(call, PORTAL_DOMAINS, portal["environmentType"]))
    if domain is not None:
        result |= {
            "customDomain": domain["customDomain"],
            "customDomainStatus": domain["status"],
        }
    return result


def _path(call: Call, collection: Path, kind: str) -> Path:
    return (*collection, portal_key(call.org_id, kind))


def _find(call: Call, collection: Path, kind: str) -> JsonObject:
    found = call.store.find(_path(call, collection, kind))
    if found is None:
        raise not_found(name_of((*collection, kind)))
    return found
