"""What people may be told before the application is reached, in the languages of the pages besides English.

It stands here and not in the catalogues because nothing is known yet of who asks: all of it is said, to everybody.
"""

# ruff: noqa: E501 - a sentence is one line: a search for it finds it, and so does its translator

from __future__ import annotations

from collections.abc import Mapping

#: By status: the sentence of `RefusedError`, by language tag.
ALSO: Mapping[int, Mapping[str, str]] = {
    413: {
        "ar": "هذا أكثر مما يمكن إرساله دفعة واحدة. لم يُستلم منه شيء؛ يُرجى إرسال أقل من ذلك، أو عدد أقل من الملفات.",
        "es": "Esto es más de lo que se puede enviar de una vez. No se recibió nada; envíe menos, o menos archivos.",
        "fr": "C’est plus que ce qui peut être envoyé en une fois. Rien n’a été reçu\u00a0; envoyez moins, ou moins de fichiers.",
        "ru": "Это больше, чем можно отправить за один раз. Ничего не получено; отправьте меньше или уменьшите число файлов.",
        "zh-Hans": "这超过了一次可以发送的量。没有收到任何内容；请减少内容或文件。",
    },
    503: {
        "ar": "كثيرون يستعملون هذه الصفحة الآن. لم يُستلم شيء. يُرجى الانتظار 30 ثانية، ثم إعادة تحميل هذه الصفحة: يرسل المتصفح عندئذ ما كتبته مرة أخرى. ويُرجى عدم الرجوع إلى الصفحة السابقة: فقد يضيع ما كتبته.",
        "es": "Demasiadas personas usan esta página en este momento. No se recibió nada. Espere 30 segundos y recargue esta página: su navegador lo envía otra vez. No vuelva atrás: su texto podría perderse.",
        "fr": "Trop de personnes utilisent cette page en ce moment. Rien n’a été reçu. Attendez 30 secondes, puis rechargez cette page\u00a0: votre navigateur l’envoie de nouveau. Ne revenez pas en arrière\u00a0: votre texte pourrait être perdu.",
        "ru": "Сейчас этой страницей пользуется слишком много людей. Ничего не получено. Подождите 30 секунд и обновите эту страницу: браузер отправит всё ещё раз. Не возвращайтесь назад: ваш текст может пропасть.",
        "zh-Hans": "现在使用本页的人太多。没有收到任何内容。请等待 30 秒，然后重新加载本页：浏览器会再次发送。请不要返回上一页：您写的内容可能会丢失。",
    },
}
