"""Every table, by what it is about; names are the glossary's. Each list query has its index beside its columns.

Ids are ``widget_model.ids``: they sort by the time they were made, so "newest first" is the primary key backwards.
"""

from widget_site.store.tables.access import api_access, api_key
from widget_site.store.tables.accounts import account, account_link, api_token, one_time_link, web_session
from widget_site.store.tables.base import ExactText, metadata
from widget_site.store.tables.gallery import star, widget_tag
from widget_site.store.tables.identities import oidc_identity
from widget_site.store.tables.kept_values import kept_value
from widget_site.store.tables.letters import letter, letter_month, mail_route
from widget_site.store.tables.messages import message
from widget_site.store.tables.packages import package_set
from widget_site.store.tables.proposals import proposal, proposal_round
from widget_site.store.tables.quotas import account_quota, usage_day
from widget_site.store.tables.reports import report
from widget_site.store.tables.run_files import run_file
from widget_site.store.tables.runs import run, run_event, run_retention, run_tally, task_end
from widget_site.store.tables.schedules import schedule, tick
from widget_site.store.tables.searched import widget_text
from widget_site.store.tables.secrets import secret
from widget_site.store.tables.service_credentials import service_credential
from widget_site.store.tables.uplinks import uplink_key
from widget_site.store.tables.users_services import users_service
from widget_site.store.tables.webhooks import delivery, webhook
from widget_site.store.tables.widgets import draft, held_slug, revision, tree, widget

__all__ = [
    "ExactText",
    "account",
    "account_link",
    "account_quota",
    "api_access",
    "api_key",
    "api_token",
    "delivery",
    "draft",
    "held_slug",
    "kept_value",
    "letter",
    "letter_month",
    "mail_route",
    "message",
    "metadata",
    "oidc_identity",
    "one_time_link",
    "package_set",
    "proposal",
    "proposal_round",
    "report",
    "revision",
    "run",
    "run_event",
    "run_file",
    "run_retention",
    "run_tally",
    "schedule",
    "secret",
    "service_credential",
    "star",
    "task_end",
    "tick",
    "tree",
    "uplink_key",
    "usage_day",
    "users_service",
    "web_session",
    "webhook",
    "widget",
    "widget_tag",
    "widget_text",
]
