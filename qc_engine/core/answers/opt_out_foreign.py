"""The Kazakh and English phrases in which people ask to be left alone; the groups are the Russian ones."""

FOREIGN = {
    "stop": """
        stop it|@contact_en|@survey|everything|all
        stop ~ @contact_en
        stop please|pls|now|bot
        stop with ~ @survey
        ^ enough|quit|cancel $
        ^ тоқта|тоқтат|тоқтатың*|тоқтатшы|тоқтаңы*|тоқтатса* $
        ^ доғар|доғары*|қойыңыз*|қойшы|тоқтасаң*|тоқтаңдар $
        тоқтатың*|тоқтатшы|тоқтатыңыздар|доғарың*|қойың* осыны|енді|бәрін
        хабарлама*|сауалнама*|жіберуді|жазуды|жазғанды|жазғаныңызды|спам*|мазалауды ~ тоқтат*|доғар*|қой*
        болды ~ жазба*|жіберме*
        said|told|asked|just|now|please ~ stop
        жазуларың*|хаттарың* ~ қой*|доғар*|тоқтат*
        enough ~ @survey|messages|texts
        """,
    "do_not_write": """
        do|dont|don't|never|not|no|cannot|can't|quit|cease ~ @contact_en
        don't|dont|not want ~ @survey|messages|texts
        no more|further ~ @survey|@contact_en
        no|without surveys|messages|texts|spam|sms
        do not|don't|dont ever ~ @contact_en
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
        жазбасаңыз*|жібермесеңіз*|мазаламасаңыз* екен|болды|жақсы|болар
        мазалай|жібере|жаза|сұрай берме*
        """,
    "unsubscribe": """
        unsub*|unsubscrib*|unsuscrib*|unsubcrib*|unsubsribe|unsub|optout|opt-out
        opt ~ out
        жазылым* ~ тоқтат*|бас|алып
        remove|delete|erase|take|exclude|drop ~ me|my|number|data|contact|phone|off
        lose my number
        cancel|end ~ subscription
        @kk_mine ... @kk_erase
        тізім* ... шығар*|алып
        ^ remove|delete|erase $
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
        not interested
        count me out
        @kk_refuse ~ @kk_wont
        ^ ... қатыспаймын|қатыспаймыз|бағаламаймын
        жауап бермеймін|бермейм
        қатысқым|бергім|бағалағым|алғым|қаламаймын келмейді|келмей
        бас тартам*
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
        report*|marked|as ~ spam
        ^ blocked|reported $
        """,
    "wrong_person": """
        nobody|one|person|such by|named ...
        wrong|incorrect|bad number|person|guy|contact|recipient
        you|u ~ wrong number|person
        wrong|rong number|nubmer|numer|num|namber|nomber|numbr|nr
        wrong ... person
        not ... right|correct person|number
        not ~ person you|who|that
        i'm|im|am not your customer|client
        қате|бұрыс|басқа|бөтен|бөгде ~ нөмір*|номер*|адам*
        нөмір*|номер* ~ қате|басқа|бұрыс|ауысқан
        қателес*|жаңылыс* ~ нөмір*|номер*
        ^ ~ қателестіңіз|қателесесіз|қателесіп|жаңылыстыңыз|қателестіңіздер $
        мен|бұл ~ ол адам емес*
        мен ол емеспін
        басқа адам*
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
