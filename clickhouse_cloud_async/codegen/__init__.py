"""The generator: specification -> contract -> models, operations and sync facade.

Nothing at run time imports this package. Run it as ``python -m clickhouse_cloud_async.codegen``.
"""
