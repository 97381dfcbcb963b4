"""The Kazakh and English phrases in which people ask to be left alone; the groups are the Russian ones."""

FOREIGN = {
    "stop": """
        stop ~ @contact_en
        enough ~ @survey|messages|texts
        stop it|@contact_en|@survey|everything|all
        stop with ~ @survey
        ^ enough|quit|cancel $
        ^ тоқта|тоқтат|тоқтатың*|тоқтатшы|тоқтаңы*|тоқтатса*|тоқтаңдар*|тоқтатыңдар* $
        ^ доғар|доғары*|қойыңыз*|қойшы|тоқтасаң*|тоқтаңдар $
        тоқтатың*|тоқтатшы|тоқтатыңыздар|доғарың*|қойың* осыны|енді|бәрін
        хабарлама*|сауалнама*|жіберуді|жазуды|жазғанды|жазғаныңызды|спам*|мазалауды ~ тоқтат*|доғар*|қой*
        болды ~ жазба*|жіберме*
        said|told|asked|just|now|please ~ stop
        жазуларың*|хаттарың* ~ қой*|доғар*|тоқтат*
        @kk_stop & @kk_message
        ^ тоқтатса*|қойсаң*|доғарса* $
        """,
    "do_not_write": """
        do not|don't|dont ever ~ @contact_en
        do|dont|don't|never|not|no|cannot|can't|quit|cease ~ @contact_en
        don't|dont|not want ~ @survey|messages|texts
        no more|further ~ @survey|@contact_en
        no|without surveys|messages|texts|spam|sms
        @kk_write маған|бізге|енді|қой*|ақ
        маған|бізге|енді|хабарлама*|бұдан|былай|сұрақ* ~ @kk_write
        ^ жазба|жазбаңыз*|жазбаңдар|жазбашы|жазбағын|жазбасаңыз* $
        жазбаңыз*|жазбаңдар|жіберме*|жолдама*|мазалама*|мазаламаң*
        мазамды|мазаны|мазамызды ~ алма*|кетір*
        енді|маған|бізге|бұл|осы|хабарлама*|сауалнама* ~ керек|қажет емес
        ^ керек|қажет емес $
        керегі|қажеті жоқ
        сұрама*|алаңдатпа*|хабарласпа*|жазбау*|жібермеу*|мазаламау*
        тиіспе*|қинамаң*
        тыныштық бер*
        маза|мазаны бер*
        жібере|жаза|хабарласа берме*
        кедергі жасама*
        сұрақ* ~ қойма/ңыз
        хабарлама*|хат* ~ қойма/ңыз|керегі
        ^ no more $
        ^ no more of
        ^ ~ жазбай|жібермей|мазаламай ~ қой*|кои|жүр* $
        ^ ~ жетер=|жетті= $
        ^ ~ шарша*|жалықтым|мезі ...
        ^ қызықтырмайды $
        @kk_message ~ керек|қажет емес
        маза|мазамды ~ ала берме*
        ^ ~ сіз|сіздер ~ қателестіңіз|қателестіңіздер|жаңылдыңыз $
        ^ қызық|қызықсыз емес $
        мазалай|жібере|жаза|сұрай берме*
        """,
    "unsubscribe": """
        unsub*|unsubscrib*|unsuscrib*|unsubcrib*|unsubsribe|unsub|optout|opt-out
        opt ~ out
        жазылым* ~ тоқтат*|бас|алып
        remove|delete|erase|take|exclude|drop ~ me|my|number|data|contact|phone|off
        cancel|end ~ subscription
        @kk_mine ... @kk_erase
        тізім*|рассылка*|базадан|топтан|чаттан|осыдан ... шығар*|алып|өшір*
        ^ ~ өшір*|жойыңыз $
        базаңыздан|тізіміңізден ~ @kk_erase
        нөмір*|номер* ... берген|бермеген|бермедім
        рұқсат|келісім ~ бермеймін|бермедім|жоқ|бермегенмін
        @kk_erase ... @kk_mine
        """,
    "consent": """
        withdraw|revoke|retract ... consent|permission
        do|did|don't|didn't|dont|not|never ... consent
        келісім* ... қайтар*|алып|бас|бермей*
        """,
    "refusal": """
        don't|dont|not|won't|wont|wouldn't|never|rather ~ want|going|wish|like|care ~ @rejects_en
        won't|wont|not|rather ~ @rejects_en ~ part|survey*|question*|any*|this
        ^ won't|wont|not ~ answer*|rat*|participat*|respond* $
        i refuse
        rather not
        refuse to
        count me out
        @kk_refuse ~ @kk_wont
        ^ ... қатыспаймын|қатыспаймыз|бағаламаймын
        жауап бермеймін|бермейм
        қатысқым|бергім|бағалағым|алғым|қаламаймын келмейді|келмей
        бас тартам*
        баға|бағалағым|жауап|қатыс* ~ қойғым|бергім|жазбаймын|қарсымын|қоймаймын
        don't|dont|not want $
        """,
    "go_away": """
        leave ~ alone
        go away
        go to hell
        get lost|off
        fuck|piss|bugger|sod|buzz|back ~ off
        fuck you
        screw ... @survey|you
        тыныш|тынышымды қалдыр*|ал*
        ^ ~ кет|кетіңіз*|кетіңдер|жоғал|жоғалыңдар|кетші $
        аулақ жүр*
        ^ ~ құрыңдар|құрыңыз|құрыңыздар|жоғал* $
        тайып тұр*
        ^ ~ аулақ $
        бан|бұғат|блок ~ берем*|қоям*|саламын
        сотқа|полицияға|прокуратураға ~ берем*|айтам*|жазам*|барам*
        тыныш|жайыма|тынышыма қой*|қалдыр*
        ^ ~ жоғал*|кет=|кетші|кетіңіз* әрі
        блок|блокировать|бұғат* ет*|ете*|қылам*
        блоктаймын|блоктап|бұғаттаймын|бұғаттап
        блокқа|баңға|чске ~ жіберемін|саламын|тастаймын|лақтырамын
        """,
    "wrong_person": """
        nobody|one|person|such by|named ...
        wrong|incorrect|bad number|person|guy|contact|recipient
        wrong|rong number|nubmer|numer|num|namber|nomber|numbr|nr
        not ... right|correct person|number
        not the person ~ you're|you|youre
        менің|бұл ~ нөмірім|номерім емес
        not ~ person you|who|that
        i'm|im|am not your customer|client
        қате|бұрыс|басқа|бөтен|бөгде ~ нөмір*|номер*|адам*
        нөмір*|номер* ~ қате|басқа|бұрыс|ауысқан
        ^ ~ қателестіңіз|қателесесіз|қателесіп|жаңылыстыңыз|қателестіңіздер $
        мен|бұл ~ ол адам емес*
        мен ~ ол ~ емеспін
        іздеген адам* емес*
        ^ ~ адасып|шатасып|шатастырып|шатастырдыңыз тұрсыз|тұрсыздар|жатырсыз
        мен ол кісі|адам емеспін
        менің атым|есімім ... емес
        нөмір*|номер* ~ қателес*|жаңыл*|шатас*
        қателес*|жаңыл*|шатас* ... клиент*|нөмір*|номер*
        ^ ~ қателестіңіз|қателесіп|жаңылдыңыз|жаңылдың|қателестің|шатастырдыңыз тұрсыз|тұрсың|отырсыз|жатырсыз
        ^ ~ жаңылдыңыз|жаңылдыңыздар|шатастырдыңыз $
        мен ... клиент* емеспін|емес
        клиентің* емеспін|емес
        қате|бекер жаз*|жібер*
        """,
}
