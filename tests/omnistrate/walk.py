"""A walk over every operation of Omnistrate, in an order in which each is allowed."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from .requests import address_of

if TYPE_CHECKING:
    from .requests import Api


def encoded(document: object) -> str:
    """Base64 of a document, as build operations and orchestrations take it."""
    return base64.b64encode(json.dumps(document).encode()).decode()


async def walk_everything(api: Api) -> None:
    """Use every operation with success."""
    await walk_platform(api)
    await walk_sessions(api)
    await walk_users(api)
    await walk_organization(api)
    await walk_clouds(api)
    await walk_tree(api)
    await walk_resource(api)
    await walk_configs(api)
    await walk_releases(api)
    await walk_instances(api)
    await walk_money(api)
    await walk_deletions(api)
    await walk_builds(api)


async def walk_platform(api: Api) -> None:
    """Ask the two halves how they are, and write to sales."""
    for half in ("Registration", "Consumption"):
        await api(f"get{half}ServiceHealth")
        await api(f"get{half}ServiceVersion")
    person = {"company": "c", "email": "a@example.com", "name": "n"}
    await api("requestDemo", person)
    await api("contactUs", {**person, "message": "m"})


async def walk_sessions(api: Api) -> None:
    """Sign in in every way."""
    emulator = api.emulator
    account = {"email": emulator.email, "password": emulator.password}
    session = await api("signIn", account)
    pair = await api("refreshToken", {"refreshToken": session["refreshToken"]})
    await api("revokeToken", {"refreshToken": pair["refreshToken"]})
    await api("logOut", token=pair["jwtToken"])
    code = emulator.add_provider_code("provided@example.com")
    provided = {"authorizationCode": code, "identityProviderName": "Google"}
    session = await api("loginWithIdentityProvider", provided)
    await api("deleteUser", token=session["jwtToken"])
    text = base64.b64encode(f"{emulator.email}:{emulator.password}".encode()).decode()
    await api("signInConsumptionUser", headers={"Authorization": f"Basic {text}"})


async def walk_users(api: Api) -> None:
    """Sign up, invite and dismiss people of vendors and customers."""
    person = {"email": "new@example.com", "name": "New", "password": "p", "legalCompanyName": "C"}
    await api("signUp", person)
    owner = await api("describeUser")
    await api("inviteUser", {"email": "editor@example.com", "roleType": "editor"})
    users = await api("describeUsersByOrg")
    invited = next(u for u in users["orgUsers"] if u["email"] == "editor@example.com")
    await api("regenerateToken", id=invited["userId"])
    link = api.emulator.link_token("editor@example.com")
    await api("validateToken", {"email": "editor@example.com", "token": link})
    await api("changeUserRole", {"email": "editor@example.com", "newRoleType": "reader"})
    await api("revokeUserRole", {"email": "editor@example.com", "roleType": "reader"})
    await api("updateUser", {"name": "Owner", "orgName": "Vendor"}, id=owner["id"])
    await api("resetPassword", {"email": "new@example.com"})
    token = api.emulator.link_token("new@example.com")
    await api("changePassword", {"email": "new@example.com", "token": token, "password": "q"})
    changed = {"currentPassword": api.emulator.password, "password": api.emulator.password}
    await api("updatePassword", changed)
    await api("signUpCustomer", {**person, "email": "customer@example.com"})
    await api("resetCustomerPassword", {"email": "customer@example.com"})
    token = api.emulator.link_token("customer@example.com")
    password = {"email": "customer@example.com", "token": token, "password": "q"}
    await api("changePassword", password)
    session = await api("signInCustomer", {"email": "customer@example.com", "password": "q"})
    api.known["customer"] = session["jwtToken"]
    await api("inviteCustomerUser", {"email": "guest@example.com"})
    code = api.emulator.add_provider_code("other@example.com")
    provided = {"authorizationCode": code, "identityProviderName": "Google"}
    session = await api("loginCustomerWithIdentityProvider", provided)
    await api("deleteCustomerUser", token=session["jwtToken"])


async def walk_organization(api: Api) -> None:
    """Use what belongs to the organisation as a whole."""
    registry = {"name": "r", "description": "d", "host": "registry.example.com", "password": "p"}
    api.known["registry"] = key = await api("createImageRegistry", registry)
    await api("updateImageRegistry", {"name": "s"}, id=key)
    await api("describeImageRegistry", id=key)
    await api("listImageRegistry")
    provider = {"identityProviderName": "Okta", "clientId": "c", "clientSecret": "s"}
    key = await api("createIdentityProvider", provider)
    await api("updateIdentityProvider", {"name": "n"}, id=key)
    await api("verifyIdentityProvider", id=key)
    await api("describeIdentityProvider", id=key)
    await api("listIdentityProviders")
    await api("listIdentityProviderTypes")
    await api("deleteIdentityProvider", id=key)
    chart = {"chartName": "c", "chartVersion": "1", "chartRepoName": "r", "namespace": "n"}
    package = {**chart, "chartRepoUrl": "https://charts.example.com", "chartValues": {}}
    await api("saveHelmPackage", {"helmPackage": package})
    await api("listHelmPackages", query={"chartName": "c"})
    await api("describeHelmPackage", chartName="c", chartVersion="1")
    await api("deleteHelmPackage", chartName="c", chartVersion="1")
    limit = {"family": "COMPUTE_INFRA", "key": "MAX_VIRTUAL_CORES_PER_RESOURCE"}
    await api("listLimit", {"family": "COMPUTE_INFRA"})
    await api("updateLimit", {"value": 8}, **limit)
    assert (await api("describeLimit", **limit))["value"] == 8
    await api("deleteLimit", **limit)
    route53 = {"awsAccountID": "1"}
    domain = {"customDomain": "d.example.com", "name": "n", "description": "d"}
    key = await api("createCustomDomain", {**domain, "route53Configuration": route53})
    await api("verifyCustomDomain", id=key)
    await api.emulator.advance(60)
    assert (await api("describeCustomDomain", id=key))["status"] == "READY"
    await api("listCustomDomain")
    await api("getCustomDomainIdentityId")
    await api("deleteCustomDomain", id=key)
    config = {"name": "n", "description": "d"}
    key = await api("createDeploymentConfig", config)
    await api("updateDeploymentConfig", {"name": "m"}, id=key)
    await api("listDeploymentConfigs")
    await api("deleteDeploymentConfig", id=key)
    default = await api("describeDeploymentConfig", id="default")
    api.known["default"] = default["id"]


async def walk_clouds(api: Api) -> None:
    """Look at clouds, and bring accounts in each of them."""
    cloud = await api("getCloudProviderByName", name="aws")
    await api("describeCloudProvider", id=cloud)
    await api("listCloudProvider")
    regions = await api("listRegion", cloudProviderName="aws")
    region = await api("describeRegion", id=regions["ids"][0])
    place = {"cloudProviderName": "aws", "code": region["code"]}
    assert await api("getRegionByCode", **place) == region["id"]
    zones = await api(
        "listAvailabilityZonesByRegionCode", cloudProviderName="aws", regionCode=region["code"]
    )
    zone = await api("describeAvailabilityZone", id=zones["ids"][0])
    await api("getAvailabilityZoneByCode", cloudProviderName="aws", code=zone["code"])
    await api("listAvailabilityZone", cloudProviderName="aws")
    await api("getAccountConfigIdentityId")
    accounts: dict[str, dict[str, str]] = {
        "aws": {"awsAccountID": "11"},
        "gcp": {"gcpProjectID": "g", "gcpProjectNumber": "1"},
        "azure": {"azureSubscriptionID": "z", "azureTenantID": "t"},
        "nebius": {"nebiusTenantID": "n"},
        "oci": {"ociTenancyID": "o", "ociDomainID": "d"},
    }
    for name, fields in accounts.items():
        cloud = await api("getCloudProviderByName", name=name)
        named = {"cloudProviderId": cloud, "name": name, "description": "d"}
        api.known[name] = await api("createAccountConfig", {**named, **fields})
    await api("verifyAccountConfig", id=api.known["aws"])
    await api("updateAccountConfig", {"name": "a"}, id=api.known["aws"])
    await api.emulator.advance(120)
    account = await api("describeAccountConfig", id=api.known["aws"])
    assert account["status"] == "READY"
    await api("describeAccountConfigByAWSAccountID", awsAccountID="11")
    await api("describeAccountConfigByGCPProjectID", gcpProjectID="g")
    await api("describeAccountConfigByAzureSubscriptionID", azureSubscriptionID="z")
    await api("describeAccountConfigByNebiusTenantID", nebiusTenantID="n")
    await api("describeAccountConfigByOCITenancyID", ociTenancyID="o")
    await api("listAccountConfig", cloudProviderName="aws")
    await api("listBYOAConfig", {"cloudProviderName": "aws"})
    await api("deleteAccountConfig", id=api.known["oci"])


async def walk_tree(api: Api) -> None:
    """Build a service with all that stands below it."""
    known = api.known
    known["serviceId"] = service = await api("createService", {"name": "My DB", "description": "d"})
    await api("updateService", {"description": "e"}, id=service)
    environment = {"description": "d", "deploymentConfigId": known["default"]}
    first = {**environment, "name": "Dev", "autoApproveSubscription": True}
    known["serviceEnvironmentId"] = source = await api("createServiceEnvironment", first)
    follower = {**environment, "name": "Prod", "type": "PROD", "sourceEnvironmentId": source}
    known["follower"] = await api("createServiceEnvironment", follower)
    await api("updateServiceEnvironment", {"description": "e"}, id=source)
    await api("listServiceEnvironment")
    below = {"serviceEnvironmentId": source, "description": "d"}
    known["serviceApiId"] = await api("createServiceAPI", below)
    await api("updateServiceAPI", {"description": "e"}, id=known["serviceApiId"])
    await api("describeServiceAPI", id=known["serviceApiId"])
    await api("listServiceAPI")
    await walk_model(api)
    await walk_tier(api)


async def walk_model(api: Api) -> None:
    """Use every operation of a service model."""
    known = api.known
    model = {"name": "m", "description": "d", "serviceApiId": known["serviceApiId"]}
    known["serviceModelId"] = key = await api(
        "createServiceModel", {**model, "modelType": "OMNISTRATE_HOSTED"}
    )
    account = {"accountConfigId": known["aws"]}
    await api("addAccountConfigToServiceModel", account, id=key)
    await api("setActiveAccountConfig", id=key, accountConfigId=known["aws"])
    await api("removeAccountConfigFromServiceModel", account, id=key)
    await api("addAccountConfigToServiceModel", account, id=key)
    feature = {"feature": "CUSTOM_NETWORKS"}
    await api("enableServiceModelFeature", {**feature, "configuration": {}}, id=key)
    await api("disableServiceModelFeature", feature, id=key)
    await api("updateServiceModel", {"description": "e"}, id=key)
    await api("getServiceModelReleaseStatus", id=key)
    await api("listServiceModel")


async def walk_tier(api: Api) -> None:
    """Use every operation of a product tier."""
    known = api.known
    tier = {
        "name": "Pro plan",
        "description": "d",
        "planDescription": "p",
        "serviceModelId": known["serviceModelId"],
        "tierType": "OMNISTRATE_DEDICATED_TENANCY",
        "awsRegions": ["us-east-1", "us-east-2"],
    }
    known["productTierId"] = key = await api("createProductTier", tier)
    await api("updateProductTier", {"maxNumberOfInstances": 100}, id=key)
    await api("enableProductTierFeature", {"feature": "LOGS", "configuration": {}}, id=key)
    await api("disableProductTierFeature", {"feature": "LOGS"}, id=key)
    await api("enableProductTierFeature", {"feature": "METRICS"}, id=key)
    await api("describeProductTier", id=key)
    await api("listProductTier")
    copied = {"serviceModelId": known["serviceModelId"], "name": "Copy", "description": "c"}
    known["copy"] = await api("copyProductTier", copied, sourceId=key)
    unit = {"cloudProvider": "aws", "region": "us-east-1"}
    await api("listVUnits", unit)


async def walk_resource(api: Api) -> None:
    """Use every operation of a resource and of what belongs to it."""
    known = api.known
    resource = {"description": "d", "productTierId": known["productTierId"]}
    backups = {"backupPeriodInHours": 1, "backupRetentionInDays": 2}
    known["resourceId"] = key = await api(
        "createResource", {**resource, "name": "Node", "backupConfiguration": backups}
    )
    other = await api("createResource", {**resource, "name": "Cache"})
    await api("updateResource", {"description": "e"}, id=key)
    await api("addResourceDependency", {}, id=key, resourceDependencyId=other)
    assert (await api("listDependentResource", id=other))["ids"] == [key]
    await api("removeResourceDependency", id=key, resourceDependencyId=other)
    await api("deprecateResource", id=other)
    await api("undeprecateResource", id=other)
    await api("deleteResource", id=other, query={"dryRun": True})
    await api("deleteResource", id=other)
    hook = {"type": "INIT", "scope": "NODE"}
    await api("registerActionHook", {**hook, "commandTemplate": "true"}, id=key)
    await api("listActionHooks", id=key)
    await api("deregisterActionHook", hook, id=key)
    await api("enableResourceCapability", {"capability": "CUSTOM_DNS"}, id=key)
    await api("listResourceCapabilities", id=key)
    await api("disableResourceCapability", {"capability": "CUSTOM_DNS"}, id=key)
    variables = {"environmentVariables": [{"key": "K", "value": "v"}]}
    await api("setEnvironmentVariables", variables, id=key)
    await api("describeResource", id=key)
    await api("unsetEnvironmentVariables", variables, id=key)
    await api("registerResourceMetricsConfig", {"metricEndpoint": "http://m"}, id=key)
    await api("describeResourceMetricsConfig", id=key)
    await api("deregisterResourceMetricsConfig", id=key)
    await api("listResources")
    await walk_parameters(api)
    await walk_files(api)


async def walk_parameters(api: Api) -> None:
    """Use every operation of parameters."""
    parameter = {"resourceId": api.known["resourceId"], "description": "d", "name": "Size"}
    given = {**parameter, "key": "size", "type": "String", "required": True, "modifiable": True}
    key = await api("createInputParameter", given)
    await api("updateInputParameter", {"options": ["s", "l"]}, id=key)
    await api("describeInputParameter", id=key)
    await api("listInputParameter")
    gone = await api("createInputParameter", {**given, "key": "gone"})
    await api("deleteInputParameter", id=gone)
    key = await api("createOutputParameter", {**parameter, "key": "out", "value": "v"})
    await api("updateOutputParameter", {"value": "w"}, id=key)
    await api("describeOutputParameter", id=key)
    await api("listOutputParameter")
    gone = await api("createOutputParameter", {**parameter, "key": "gone"})
    await api("deleteOutputParameter", id=gone)


async def walk_files(api: Api) -> None:
    """Upload, change, download and remove a file."""
    headers = {"Name": "f", "Description": "d", "FileType": "Config", "MountPath": "/f"}
    place = {"id": api.known["resourceId"]}
    key = await api("addFile", upload=b"one", headers=headers, **place)
    await api("updateFileMetadata", {"name": "g"}, fileId=key, **place)
    await api("updateFileContent", upload=b"two", fileId=key, **place)
    assert await api("getFile", fileId=key, **place) == b"two"
    await api("listFiles", **place)
    await api("removeFile", fileId=key, **place)
    await api("addFile", upload=b"three", headers=headers, **place)


async def walk_storage(api: Api) -> str:
    """Use every operation of storage, and return the id of a configuration."""
    named = {"name": "n", "description": "d"}
    stored = await api("createStorageConfig", named)
    await api("updateStorageConfig", {"description": "e"}, id=stored)
    volume = await api("createStorageVolumeConfig", named)
    await api("updateStorageVolumeConfig", {"description": "e"}, id=volume)
    await api("updateInstanceStorageVolumeConfig", {"instanceStorageType": "gp3"}, id=volume)
    await api("updateStorageVolumeSizeConfig", {"instanceStorageSizeGi": "10"}, id=volume)
    await api("describeStorageVolumeConfig", id=volume)
    await api("listStorageVolumeConfig")
    mount = {"id": stored, "storageVolumeConfigId": volume}
    await api("addStorageVolumeConfig", {"mountPath": "/data"}, **mount)
    await api("describeStorageConfig", id=stored)
    await api("removeStorageVolumeConfig", {"mountPath": "/data"}, **mount)
    await api("listStorageConfig")
    await api("deleteStorageVolumeConfig", id=volume)
    key: str = stored
    return key


async def walk_configs(api: Api) -> None:
    """Use every operation of configurations."""
    known, named = api.known, {"name": "n", "description": "d"}
    compute = {"autoscalingPolicy": {"minReplicas": "1", "maxReplicas": "3"}}
    computed = await api("createComputeConfig", {**named, **compute})
    await api("updateComputeConfig", {"description": "e"}, id=computed)
    await api("listComputeConfig")
    machines = await api("listComputeInstanceTypes", cloudProviderName="aws")
    machine = {"cloudProviderName": "aws", "instanceType": machines["types"][0]}
    await api("addComputeInstanceType", machine, id=computed)
    await api("describeComputeConfig", id=computed)
    await api("removeComputeInstanceType", machine, id=computed)
    stored = await walk_storage(api)
    network = await api("createNetworkConfig", {**named, "endpointPerReplica": False})
    await api("updateNetworkConfig", {"openPorts": [5432]}, id=network)
    await api("describeNetworkConfig", id=network)
    await api("listNetworkConfig")
    parts = {"networkConfigId": network, "storageConfigId": stored, "computeConfigId": computed}
    below = {"serviceEnvironmentId": known["serviceEnvironmentId"], "description": "d"}
    infra = await api("createInfraConfig", {**below, "name": "n", **parts})
    for part in ("Compute", "Network", "Storage"):
        await api(f"detach{part}Config", id=infra)
    await api("updateInfraConfig", parts, id=infra)
    await api("describeInfraConfig", id=infra)
    await api("listInfraConfig")
    image = {**below, "imageName": "postgres", "imageRegistryId": known["registry"]}
    imaged = await api("createImageConfig", image)
    await api("updateImageConfig", {"imageTag": "17"}, id=imaged)
    await api("describeImageConfig", id=imaged)
    await api("listImageConfigs")
    used = {"infraConfigId": infra, "imageConfigId": imaged}
    await api("updateResource", used, id=known["resourceId"])
    await api("listAssociatedResources", id=infra)
    known |= {"infra": infra, "image": imaged}
    spare = await api("createInfraConfig", {**below, "name": "m"})
    await api("deleteInfraConfig", id=spare)
    spare = await api("createImageConfig", image)
    await api("deleteImageConfig", id=spare)
    for kind, fields in {
        "Compute": {},
        "Storage": {},
        "Network": {"endpointPerReplica": True},
    }.items():
        spare = await api(f"create{kind}Config", {**named, "name": "spare", **fields})
        await api(f"delete{kind}Config", id=spare)


async def walk_releases(api: Api) -> None:
    """Release, compare, promote and deprecate versions."""
    known = api.known
    place = {"id": known["serviceApiId"]}
    changes = await api("describePendingChanges", **place)
    assert changes["resourceChangeSets"][known["resourceId"]]["resourceChanges"] == "PENDING_NEW"
    await api("releaseServiceAPI", {"isPreferred": True}, **place)
    await api("updateResource", {"description": "changed"}, id=known["resourceId"])
    await api("discardPendingChanges", **place)
    await api("getServicePlan")
    await api("listServicePlans")
    made = await api("createTierVersionSet", {"type": "Incremental", "parentVersion": "1.0"})
    known["version"] = made["version"]
    await api("updateTierVersionSet", {"name": "other"})
    await api("updateTierVersionSetMetadata", {"releaseNotes": "notes"})
    await api("describeTierVersionSetMetadata")
    await api("releaseTierVersionSet", {})
    await api("promoteTierVersionSet")
    await api("diffTierVersionSets", anotherVersion="1.0")
    await api("listTierVersionSets", query={"pageSize": 1})
    await api("promoteTierVersionSet", version="1.0")
    await api("deprecateTierVersionSet")
    await api("describeTierVersionSet")
    for kind, names in {
        "infra": ("releaseInfraConfig", "rolloutFleetInfra", "getFleetInfraRolloutStatus"),
        "image": ("releaseImageConfig", "rolloutFleetImageConfig", "getFleetImageRolloutStatus"),
    }.items():
        await api(names[0], {}, id=known[kind])
        await api(names[1], id=known[kind])
        await api(names[2], id=known[kind])
    promoting = {"id": known["serviceEnvironmentId"]}
    await api("promoteServiceEnvironment", {}, **promoting)
    await api.emulator.advance(400)
    status = await api("getServiceEnvironmentPromoteStatus", **promoting)
    assert [each["status"] for each in status] == ["IN_SYNC"]
    await api("describeServiceEnvironment", **promoting)
    await api("describeService", id=known["serviceId"])
    await api("listService")
    await api("getServiceHealth", id=known["serviceId"])
    asked = {"ProductTierId": known["productTierId"], "ProductTierVersion": "1.0"}
    await api("describeResource", query=asked, id=known["resourceId"])
    await api("listSaaSPortals")
    await api("updateSaaSPortal", {"googleAnalyticsTagID": "g"}, environmentType="DEV")
    domain = {"customDomain": "p.example.com", "name": "n", "description": "d"}
    await api("createSaaSPortalCustomDomain", {**domain, "environmentType": "DEV"})
    await api("updateSaaSPortalCustomDomain", {"name": "m"}, environmentType="DEV")
    await api("listSaaSPortalCustomDomains")
    await api("deleteSaaSPortalCustomDomain", environmentType="DEV")
    model = {"name": "copied", "description": "d", "targetServiceModelType": "BYOA"}
    await api("copyServiceModel", model, sourceId=known["serviceModelId"])
    await api("describeServiceModel", id=known["serviceModelId"])


async def walk_instances(api: Api) -> None:
    """Use every operation of offerings, subscriptions and instances."""
    known, emulator = api.known, api.emulator
    await walk_subscriptions(api)
    network = {"cloudProviderName": "aws", "cloudProviderRegion": "us-east-1", "name": "n"}
    net = await api("createCustomNetwork", network)
    await api("updateCustomNetwork", {"name": "m"}, id=net["id"])
    await emulator.advance(300)
    await api("listCustomNetworks")
    asked = {
        "cloud_provider": "aws",
        "region": "us-east-1",
        "requestParams": {"size": "s"},
        "custom_network_id": net["id"],
    }
    made = await api("createResourceInstance", asked, query={"subscriptionId": known["sub"]})
    known["id"] = key = made["id"]
    await emulator.advance(minutes=15)
    instance = await api("describeResourceInstance")
    assert instance["status"] == "RUNNING"
    await api("listResourceInstances")
    await api("listAllResourceInstances", query={"environmentType": "DEV"})
    for command in ("stop", "start", "restart"):
        await api(f"{command}ResourceInstance")
        await emulator.advance(minutes=10)
    await api("updateResourceInstance", {"requestParams": {"size": "l"}})
    await emulator.advance(minutes=10)
    await api("addCapacityToResourceInstance", {"capacityToBeAdded": 1})
    await emulator.advance(minutes=10)
    await api("removeCapacityFromResourceInstance", {"capacityToBeRemoved": 1})
    await emulator.advance(minutes=10)
    await api("failoverResourceInstance", {"failedReplicaID": "node-0"})
    await emulator.advance(minutes=10)
    await api("upgradeResourceInstanceVersion", api.address)
    await emulator.advance(minutes=10)
    await api("updateResourceInstanceMetadata", {"deletionProtection": False})
    await api("addCustomDNSToResourceInstance", {"customDNS": "db.example.com"})
    emulator.point_record("db.example.com")
    await api("removeCustomDNSFromResourceInstance")
    await api("generateTokenForDeploymentCellDashboard", query={"subscriptionId": known["sub"]})
    kit = await api("getResourceInstanceProvisionerSetupKit")
    assert kit[:2] == b"PK"
    await walk_snapshots(api)
    await walk_orchestration(api)
    for name in ("Instance", "ServicePlan"):
        await api(f"listAuditEventsFor{name}", instanceId=key)
        await api(f"listAuditEventsFor{name}Deprecated", instanceId=key)
    events = await api("listAllAuditEvents", query={"pageSize": 2})
    await api("describeAuditEvent", id=events["ids"][0])
    await api("describeAuditEventDeprecated", id=events["ids"][0])
    await walk_account(api)
    await api("deleteResourceInstance")
    await emulator.advance(minutes=10)
    await api("describeCustomNetwork", id=net["id"])
    await api("deleteCustomNetwork", id=net["id"])


async def walk_subscriptions(api: Api) -> None:
    """Find what is on offer, and subscribe to it."""
    known = api.known
    offerings = await api("listServiceOffering")
    service = next(s for s in offerings["services"] if s["serviceId"] == known["serviceId"])
    plan = next(o for o in service["offerings"] if o["productTierID"] == known["productTierId"])
    api.address = address_of(service, plan, plan["resourceParameters"][0]["urlKey"])
    known |= api.address
    await api("describeServiceOffering")
    await api("describeServiceOfferingResource", instanceId="none")
    wanted = {"serviceId": known["serviceId"], "productTierId": known["productTierId"]}
    known["sub"] = known["subscriptionId"] = await api("createSubscription", wanted)
    await api("listSubscriptions")
    await api("describeSubscription", id=known["sub"])
    request = await api("createSubscriptionRequest", wanted)
    await api("describeSubscriptionRequest", id=request)
    await api("listSubscriptionRequests")
    await api("cancelSubscriptionRequest", id=request)
    member = {"email": "customer@example.com", "roleType": "reader"}
    await api("inviteSubscriptionUser", member)
    await api("describeUsersBySubscription")
    await api("listAllSubscriptionUsers")
    await api("revokeSubscriptionUserRole", member)


async def walk_snapshots(api: Api) -> None:
    """Copy and restore snapshots."""
    await api.emulator.advance(hours=2)
    found = await api("listResourceInstanceSnapshots")
    api.known["snapshotId"] = found["snapshots"][0]["snapshotId"]
    await api("copyResourceInstanceSnapshot", {"targetRegion": "us-east-2"})
    moment = found["snapshots"][0]["createdTime"]
    restored = [
        await api("restoreResourceInstance", {"targetRestoreTime": moment}),
        await api("restoreResourceInstanceFromSnapshot", {}),
    ]
    await api.emulator.advance(minutes=15)
    for one in restored:
        await api("deleteResourceInstance", id=one["id"])
    await api.emulator.advance(minutes=10)


async def walk_orchestration(api: Api) -> None:
    """Deploy two instances, of which one needs the other."""
    part = {**api.address, "subscriptionId": api.known["sub"], "requestParams": {"size": "s"}}
    parts: dict[str, Any] = {"db": part, "app": {**part, "dependsOn": ["db"]}}
    made = await api(
        "createServicesOrchestration", {"orchestrationCreateDSL": encoded({"services": parts})}
    )
    await api.emulator.advance(minutes=40)
    shown = await api("describeServicesOrchestration", id=made["id"])
    assert shown["status"] == "RUNNING"
    less = {"orchestrationModifyDSL": encoded({"services": {"db": part}})}
    await api("modifyServicesOrchestration", less, id=made["id"])
    await api("listServicesOrchestrations")
    await api.emulator.advance(minutes=10)
    await api("deleteServicesOrchestration", id=made["id"])
    await api.emulator.advance(minutes=10)


async def walk_account(api: Api) -> None:
    """Connect the cloud account of a customer, as an instance."""
    known = api.known
    model = {"name": "brought", "description": "d", "serviceApiId": known["serviceApiId"]}
    brought = await api("createServiceModel", {**model, "modelType": "BYOA"})
    tier = {"name": "Own", "description": "d", "planDescription": "p"}
    kind = {"tierType": "OMNISTRATE_DEDICATED_TENANCY"}
    own = await api("createProductTier", {**tier, **kind, "serviceModelId": brought})
    await api("releaseServiceAPI", {"productTierId": own}, id=known["serviceApiId"])
    wanted = {"serviceId": known["serviceId"], "productTierId": own}
    subscription = await api("createSubscription", wanted)
    resources = await api("listResources", productTierId=own)
    address = {"serviceModelKey": "brought", "productTierKey": "own"}
    address["resourceKey"] = resources["resources"][0]["key"]
    made = await api("createResourceInstance", {}, **address)
    await api.emulator.advance(minutes=5)
    connection = {"serviceId": known["serviceId"], "subscriptionId": subscription}
    disconnecting = {**connection, "setConnection": False}
    await api("updateAccountConfigResourceInstance", disconnecting, id=made["id"])
    await api.emulator.advance(minutes=5)
    await api("deleteResourceInstance", id=made["id"], **address)
    await api.emulator.advance(minutes=10)
    await api("deleteSubscription", id=subscription)
    await api("deleteServiceModel", id=brought)


async def walk_money(api: Api) -> None:
    """Look at plan, usage and invoices, and connect payments."""
    await api("changePlan", {"planName": "GROWTH"})
    await api("describePlan")
    days = {"startDate": "2026-01-05T00:00:00Z", "endDate": "2026-01-08T00:00:00Z"}
    await api("getCurrentUsage")
    await api("getUsagePerDay", query=days)
    await api("getCurrentConsumptionUsage", query={"subscriptionID": api.known["sub"]})
    await api("getConsumptionUsagePerDay")
    await api.emulator.advance(days=40)
    invoices = await api("listInvoices")
    await api("describeInvoice", id=invoices["invoices"][0]["invoiceId"])
    await api("listConsumptionInvoices")
    await api("describeConsumptionBillingDetails")
    await api("describeConsumptionBillingStatus")
    user = await api("describeUser")
    await api("describeUserBillingDetails", id=user["id"])
    await api("getStripeAuthorizeUrl")
    await api("completeOAuthConnection", {"code": "c", "state": "s"})
    await api("revokeOAuthAccess")


async def walk_deletions(api: Api) -> None:
    """Delete the tree from below, as far as something needs it."""
    known = api.known
    unit = await api("listVUnits", {"cloudProvider": "aws", "region": "us-east-1"})
    key = unit["ids"]["us-east-1"][0]
    described = await api("describeVUnit", id=key)
    await api("describeNetwork", id=described["networkIds"][0])
    await api("deleteSubscription", id=known["sub"])
    await api("deleteProductTier", id=known["copy"])
    await api("deprecateServiceAPI", id=known["serviceApiId"])
    await api("deleteServiceEnvironment", id=known["follower"])
    await api("deleteServiceAPI", id=known["serviceApiId"])
    await api("deleteService", id=known["serviceId"])
    await api("deleteImageRegistry", id=known["registry"])


async def walk_builds(api: Api) -> None:
    """Build services from files."""
    compose = {
        "services": {
            "db": {
                "image": "postgres:17",
                "x-omnistrate-api-params": [{"key": "password", "type": "Password"}],
            },
            "app": {"image": "app:1", "depends_on": ["db"]},
        },
        "x-omnistrate-service-plan": {"name": "Standard"},
    }
    file = {"name": "Built", "description": "d", "fileContent": encoded(compose)}
    await api("buildServiceFromComposeSpec", {**file, "dryrun": True})
    built = await api("buildServiceFromComposeSpec", {**file, "releaseAsPreferred": True})
    assert built["isNewServicePlanVersionCreated"]
    plan = {"name": "Standard", "services": [{"name": "db"}]}
    again = {**file, "fileContent": encoded(plan), "release": True}
    built = await api("buildServiceFromServicePlanSpec", again)
    assert list(built["undefinedResources"]) == ["app"]
    form = {"fileFormat": "compose", "fileName": "compose.yaml"}
    await api("createServiceFromComposeSpec", {**file, **form, "name": "Another"})
    image = {"imageRegistry": "docker.io", "image": "library/redis:8"}
    await api("checkIfContainerImageAccessible", query=image)
    await api("generateComposeSpecFromContainerImage", image)
