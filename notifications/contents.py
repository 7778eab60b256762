"""What a delivery says, read from its rows in the language of its receiver."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.organisation.models import Person
from engine.settings import Settings
from notifications import links
from notifications.channels.content import Mail, Piece
from notifications.models import Announcement, Channel, Delivery, DeliveryItem, Endpoint, Notification
from notifications.templates import told


def mail(session: Session, settings: Settings, row: Delivery) -> Mail:
    if row.endpoint_id is not None:
        endpoint = session.get_one(Endpoint, row.endpoint_id)
        name, address, language = endpoint.name, endpoint.shown, endpoint.language
    else:
        person = session.get_one(Person, row.person_id)
        name, language = person.name, person.language
        address = (person.phone if row.channel == Channel.SMS else person.email) or ""
    pieces = [_piece(settings, news, language) for news in _news(session, row)]
    return Mail(row.mail_id, name, address, language, row.created_at, pieces)


def _news(session: Session, row: Delivery) -> list[Notification | Announcement]:
    model = Notification if row.endpoint_id is None else Announcement
    own = DeliveryItem.notification_id if row.endpoint_id is None else DeliveryItem.announcement_id
    query = select(model).join(DeliveryItem, own == model.id).where(DeliveryItem.delivery_id == row.id)
    return list(session.scalars(query.order_by(model.id)))


def _piece(settings: Settings, news: Notification | Announcement, language: str) -> Piece:
    text = told(news, language)
    return Piece(
        text.title,
        text.detail,
        links.url(settings.base_url, news),
        news.created_at,
        kind=news.kind,
        message_id=news.message_id,
        subject=(news.subject_type, news.subject_id),
        unit=str(news.params.get("unit") or ""),
    )
