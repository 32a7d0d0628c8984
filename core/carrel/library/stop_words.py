"""The commonest words of some languages, by which `languages` tells them apart.

Own lists, of words that are written often in any text and seldom in the other languages here; a
word that several of them share counts for each.
"""

from __future__ import annotations

LATIN = {
    "en": "the of and to in is that for it was on are as with his they be at this from have or by"
    " not but what were we when your can there which their will would about if has been who its"
    " more these than you",
    "de": "der die das und ist nicht ein eine einer eines den dem des zu mit sich auf für von im"
    " auch wird sind oder als bei nach nur wenn wie aus werden dass über durch kann zum zur noch"
    " um vor haben hat einen einem war sie",
    "fr": "le la les des est et un une du dans que qui pour pas sur au aux avec ce cette sont par"
    " plus ou il elle nous vous ne se été être leur mais comme ont son sa ses très à",
    "es": "el la los las de que y en un una es por con para del se no al lo como más pero sus le"
    " ha su o este esta son también fue muy sin sobre ser entre cuando todo desde",
    "it": "il lo la gli le di che e è un una per non con del della dei delle nel nella sono si da"
    " al alla come più anche ma ha questo questa essere o dal dalla i suo sua stato",
    "nl": "de het een en van ik is dat op te in zijn met voor niet aan er om ook als bij door naar"
    " wordt dit die maar heeft uit nog werd worden over kan deze of hij tot was",
    "pt": "o a os as de que e do da em um uma para com não no na dos das por mais é ao se como mas"
    " foi ou sua seu são pela pelo também está nos nas muito quando até isso",
    "pl": "i w nie na się z do to że jest o jak za co ale po są od przez dla tak był który która"
    " które oraz lub tym tego może ich jego przy być czy już tylko",
    "sv": "och att det i en som är av för på den med till inte om ett har de jag var från vi kan så"
    " när men eller ska hade skall efter också vid där detta blir",
    "da": "og at det i en er af for på den med til ikke der de som et har han var fra kan vi skal"
    " eller efter også blev når hvor jeg sig være blive men",
    "no": "og at det i en er av for på den med til ikke som de et har han var fra kan vi skal eller"
    " etter også ble når hvor jeg seg være bli men",
    "fi": "ja on ei se että oli hän ovat mutta kun myös tai joka kuin sen niin jos ole olla mitä"
    " vain tämä jotka hänen sekä kanssa mukaan ennen sitten",
    "cs": "a v se na je že s z do o to jako i ale by za které která který jsou pro jeho nebo po"
    " byl byla bylo jsem když také při jen podle být má už",
    "hu": "a az és hogy nem is egy ez van meg volt de ha csak azt vagy mint már még ki el kell"
    " lehet majd minden után amely pedig mert",
    "ro": "de și în la a cu nu pe că din un o este pentru mai care se sau au fost ce prin sunt dar"
    " această acest după lui ale fi ca",
    "tr": "ve bir bu da de için ile çok olarak olan gibi daha ne var kadar sonra ancak ama veya"
    " değil ise her o en olduğu tarafından",
    "id": "yang dan di dengan untuk dari ini itu tidak dalam pada adalah ke akan atau oleh juga"
    " sebagai ada telah dapat karena lebih mereka saya",
    "vi": "là và của có được cho không một trong các những với này đã để người khi từ đến cũng như"
    " về tại bị thì nhưng nếu",
}  # fmt: skip
CYRILLIC = {
    "ru": "и в не на что с по как это к из он но за от для так же было или бы его она они мы если"
    " также был до быть которые может при только этого",
    "uk": "і в не на що з та до як це за від для або він але його вона вони ми якщо також був при"
    " є й у про які може тільки цього бути",
    "bg": "и в на не се от за да е с по са че как или той но те ако също беше при това който които"
    " може само бъде ще през като",
    "sr": "и у не на се од за да је са по су како или он али они ако такође био при то који које"
    " може само бити ће кроз као што",
}  # fmt: skip
ARABIC = {
    "ar": "في من على إلى أن هذا هذه التي الذي عن مع كان ما لا هو هي أو قد كل بعد بين ذلك كما لم ثم",
    "fa": "و در به از که این را با است برای آن یک خود تا کرد بر هم نیز می شود شده بود ها یا اما",
    "ur": "کے میں کی ہے اور سے کا کو اس یہ نے پر ہیں کر تھا ایک بھی نہیں جو ہو وہ کہ تھے ان لیے",
}  # fmt: skip
DEVANAGARI = {
    "hi": "के में है की और से का को यह पर हैं इस ने कि भी नहीं एक कर था लिए जो हो या तो ही वह",
    "mr": "आहे आणि या च्या ते होते नाही हे व की मध्ये ही एक तर असे केले आहेत पण त्या म्हणून",
    "ne": "छ र को मा ले लाई यो पनि हो छन् गरेको भएको तथा एक थियो गर्न भने त्यो बाट",
}  # fmt: skip
