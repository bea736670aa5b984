"""Django + Viewflow: POST /approve?n=7 signs off the open task of the 8th process. The PG* variables name the database.

Runs in an environment of its own (requirements.lock). Sign-in is a plain session; nothing else is asked of it.
"""

import os

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "viewflow",
        "viewflow.workflow",
        "peer",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"],
            "USER": os.environ["PGUSER"],
            "PASSWORD": os.environ["PGPASSWORD"],
            "NAME": os.environ["PGDATABASE"],
            "CONN_MAX_AGE": None,
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SECRET_KEY="peer",
    USE_TZ=True,
    ROOT_URLCONF="wsgi",
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
)
django.setup()

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path
from peer.flows import TargetFlow
from viewflow.workflow.models import Process, Task

COUNT = int(os.environ["COUNT"])


def sign_in(request):
    login(request, User.objects.get(username="bench"))
    return HttpResponse("ok")


def approve(request):
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    if not hasattr(approve, "first"):
        approve.first = Process.objects.order_by("id").values_list("id", flat=True)[0]
    pid = approve.first + int(request.GET["n"]) % COUNT
    task = Task.objects.filter(process_id=pid).exclude(status="DONE").order_by("-id").first()
    if task is None:
        return HttpResponse(status=409)
    task.flow_task.run(task)
    return JsonResponse({"process": pid, "task": task.pk})


urlpatterns = [path("login", sign_in), path("approve", approve)]
application = get_wsgi_application()


def prepare():
    call_command("migrate", verbosity=0)
    User.objects.get_or_create(username="bench")
    for n in range(Process.objects.count(), COUNT):
        TargetFlow.start.run(n=n)


if __name__ == "__main__":
    prepare()
