"""The words of the small pages that a visitor of a short link may see."""

LANGUAGES = ("ru", "kk", "en")
TEXTS = {
    "ru": {
        "gone": "Ссылка не найдена",
        "gone_more": "Проверьте, что адрес скопирован целиком, или откройте ссылку из сообщения ещё раз.",
        "later": "Попробуйте ещё раз",
        "later_more": "Сейчас не получилось открыть страницу. Подождите несколько секунд и обновите её.",
        "preview": "Оставить отзыв",
        "preview_of": "Оставить отзыв: {branch}",
        "preview_more": "Расскажите о своём визите на странице отзывов филиала.",
        "go_on": "Перейти к странице отзывов",
        "opening": "Открываем страницу отзывов",
        "opening_more": "Если она не открылась сама, нажмите на ссылку ниже.",
    },
    "kk": {
        "gone": "Сілтеме табылмады",
        "gone_more": "Мекенжай толық көшірілгенін тексеріңіз немесе хабарламадағы сілтемені қайта ашыңыз.",
        "later": "Қайталап көріңіз",
        "later_more": "Бетті қазір ашу мүмкін болмады. Бірнеше секунд күтіп, бетті жаңартыңыз.",
        "preview": "Пікір қалдыру",
        "preview_of": "Пікір қалдыру: {branch}",
        "preview_more": "Филиалдың пікірлер бетінде сапарыңыз туралы айтып беріңіз.",
        "go_on": "Пікірлер бетіне өту",
        "opening": "Пікірлер беті ашылып жатыр",
        "opening_more": "Бет өзі ашылмаса, төмендегі сілтемені басыңыз.",
    },
    "en": {
        "gone": "Link not found",
        "gone_more": "Check that the whole address was copied, or open the link from the message again.",
        "later": "Please try again",
        "later_more": "The page could not be opened just now. Wait a few seconds and reload it.",
        "preview": "Leave a review",
        "preview_of": "Leave a review: {branch}",
        "preview_more": "Tell about your visit on the review page of the branch.",
        "go_on": "Go to the review page",
        "opening": "Opening the review page",
        "opening_more": "If it does not open by itself, use the link below.",
    },
}
