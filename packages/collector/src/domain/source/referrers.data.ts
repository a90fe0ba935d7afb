/** Referrer hosts and apps with the source, medium and channel a visit from there has, when nothing is tagged. */

const SEARCH = "organic | Organic Search";
const SOCIAL = "referral | Organic Social";
const VIDEO = "referral | Organic Video";
const SHOPPING = "referral | Organic Shopping";
const AI = "ai-assistant | AI Assistant";
const EMAIL = "email | Email";
const ADS = "display | Display";
const PLAIN = "referral | Referral";

/** Answer, then lines of `referrer host(s) = source`. A source of `*` says that the host is its own source. */
export const REFERRERS: readonly [answer: string, lines: string][] = [
  [
    SEARCH,
    `www.google.com google.de www.google.co.uk google.com.au www.google.co.jp google.com.br www.google.ca google.pl google.fr google.it google.es google.nl google.cz google.com.tr google.com.hk google.ie google.com.mx google.co.in google.ae google.com.ua www.google.cat images.google.com images.google.fr encrypted.google.com m.google.com = google
maps.google.com maps.google.de = google maps
scholar.google.com scholar.google.es = google scholar
www.bing.com cn.bing.com www4.bing.com bing.com = bing
search.yahoo.com r.search.yahoo.com uk.search.yahoo.com de.search.yahoo.com search.yahoo.co.jp images.search.yahoo.com www.yahoo.com = yahoo
duckduckgo.com html.duckduckgo.com lite.duckduckgo.com = duckduckgo
www.ecosia.org = ecosia
search.brave.com = brave
www.qwant.com lite.qwant.com = qwant
www.startpage.com eu.startpage.com = startpage
kagi.com = kagi
www.mojeek.com = mojeek
swisscows.com = swisscows
metager.org metager.de = metager
yandex.ru www.yandex.ru yandex.com yandex.com.tr yandex.kz yandex.by yandex.uz ya.ru m.yandex.ru = yandex
www.baidu.com m.baidu.com zhidao.baidu.com = baidu
www.so.com = so.com
www.sogou.com m.sogou.com = sogou
m.sm.cn so.m.sm.cn = shenma
search.naver.com m.search.naver.com www.naver.com = naver
search.daum.net m.search.daum.net = daum
search.seznam.cz = seznam
coccoc.com = coccoc
go.mail.ru = mail.ru
nova.rambler.ru = rambler
www.ask.com uk.ask.com search.tb.ask.com = ask
search.aol.com search.aol.co.uk = aol
szukaj.onet.pl = onet
suche.web.de = web.de suche
suche.t-online.de = t-online
suche.gmx.net = google
search.lycos.com lycos.fr = lycos
www.dogpile.com = dogpile
search.goo.ne.jp = goo
search.lilo.org = lilo
www.info.com = info.com
wwwgoogle.com gogole.de = google
www.123people.de = 123people
www.zapmeta.com zapmeta.nl = zapmeta
busca.uol.com.br = uol
pesquisa.sapo.pt = sapo
www.najdi.si = najdi.si
www.search.ch = search.ch`,
  ],
  [
    SOCIAL,
    `www.facebook.com m.facebook.com l.facebook.com lm.facebook.com mobile.facebook.com web.facebook.com de-de.facebook.com fb.me = facebook
www.instagram.com l.instagram.com = instagram
www.threads.net l.threads.com = threads
t.co twitter.com mobile.twitter.com x.com = twitter
www.linkedin.com lnkd.in de.linkedin.com = linkedin
www.pinterest.com pinterest.de www.pinterest.co.uk pin.it br.pinterest.com = pinterest
www.reddit.com old.reddit.com out.reddit.com amp.reddit.com redd.it = reddit
www.tiktok.com vm.tiktok.com = tiktok
www.snapchat.com = snapchat
t.me web.telegram.org = telegram
discord.com canary.discord.com ptb.discord.com = discord
bsky.app go.bsky.app = bluesky
mastodon.social fosstodon.org = mastodon
www.quora.com de.quora.com = quora
t.umblr.com someone.tumblr.com www.tumblr.com = tumblr
news.ycombinator.com = hacker news
www.producthunt.com = product hunt
vk.com m.vk.com away.vk.com = vk
ok.ru m.ok.ru = odnoklassniki
dzen.ru zen.yandex.ru = dzen
weibo.com m.weibo.cn t.cn = weibo
mp.weixin.qq.com = wechat
www.zhihu.com link.zhihu.com = zhihu
www.xiaohongshu.com = xiaohongshu
tieba.baidu.com = baidu tieba
blog.naver.com m.blog.naver.com = naver blog
cafe.naver.com = naver cafe
github.com gist.example.github.com = github
stackoverflow.com = stack overflow
www.xing.com = xing
wa.me web.whatsapp.com l.wl.co = whatsapp
www.messenger.com l.messenger.com = messenger
myspace.com = myspace
www.last.fm www.lastfm.de = last.fm
www.flickr.com = flickr
line.me = line
nextdoor.com nextdoor.co.uk = nextdoor`,
  ],
  [
    VIDEO,
    `www.youtube.com m.youtube.com youtu.be www.youtube-nocookie.com = youtube
vimeo.com player.vimeo.com = vimeo
www.twitch.tv m.twitch.tv = twitch
www.dailymotion.com dai.ly = dailymotion
www.bilibili.com b23.tv = bilibili
rutube.ru = rutube
rumble.com = rumble
tv.naver.com = naver tv
www.netflix.com = netflix
v.qq.com = tencent video`,
  ],
  [
    SHOPPING,
    `www.amazon.com www.amazon.de amazon.co.uk smile.amazon.com amzn.to = amazon
www.ebay.com www.ebay.de rover.ebay.com ebay.co.uk = ebay
www.etsy.com = etsy
www.walmart.com = walmart
shop.app = shop
shopping.google.com = google shopping
shopping.yahoo.com shopping.yahoo.co.jp = yahoo shopping
market.yandex.ru m.market.yandex.ru = yandex market
shopping.naver.com smartstore.naver.com = naver shopping
www.aliexpress.com de.aliexpress.com = aliexpress
www.idealo.de idealo.co.uk = idealo
geizhals.at = geizhals
allegro.pl = allegro
www.bol.com = bol.com
www.toppreise.ch fr.toppreise.ch = toppreise
www.kelkoo.fr kelkoo.com = kelkoo
shopee.co.th = shopee
articulo.mercadolibre.com.ar = mercado libre
www.temu.com = temu`,
  ],
  [
    AI,
    `chatgpt.com chat.openai.com = chatgpt
claude.ai = claude
www.perplexity.ai perplexity.ai = perplexity
copilot.microsoft.com m365.cloud.microsoft edgeservices.bing.com = copilot
gemini.google.com bard.google.com = gemini
notebooklm.google.com = notebooklm
grok.com = grok
www.meta.ai = meta ai
chat.mistral.ai = le chat
chat.deepseek.com = deepseek
chat.qwen.ai = qwen
chatglm.cn = chatglm
yiyan.baidu.com ai.baidu.com = ernie
you.com = you.com
iask.ai = iask
app.jasper.ai = jasper
chat-gpt.org = chat+
www.phind.com = phind
duck.ai = duck.ai
poe.com = poe
www.kimi.com = kimi
www.doubao.com = doubao`,
  ],
  [
    EMAIL,
    `mail.google.com = gmail
outlook.live.com outlook.office.com outlook.office365.com eur02.safelinks.protection.outlook.com = outlook
mail.yahoo.com us-mg5.mail.yahoo.com mail.yahoo.co.jp = yahoo mail
mail.aol.com = aol mail
mail.proton.me mail.protonmail.com = proton mail
www.icloud.com = icloud mail
app.fastmail.com = fastmail
app.tuta.com = tuta
mail.zoho.com = zoho mail
navigator-lxa.gmx.net www.gmx.net deref-gmx.net = gmx
navigator.web.de web.de = web.de
e.mail.ru = mail.ru mail
mail.yandex.ru mail.yandex.com.tr = yandex mail
mail.qq.com wx.mail.qq.com = qq mail
mail.163.com = netease mail
mail.naver.com = naver mail
email.seznam.cz = seznam email
poczta.wp.pl = wp poczta
poczta.onet.pl = onet poczta
mail.orange.fr = orange mail
mail.libero.it = libero mail
us4.campaign-archive.com shop.us12.list-manage.com = mailchimp
webmail.example-hosting.example = *`,
  ],
  [
    ADS,
    `googleads.g.doubleclick.net ad.doubleclick.net = doubleclick
tpc.googlesyndication.com = google adsense
trc.taboola.com = taboola
paid.outbrain.com = outbrain
cat.nl3.eu.criteo.com = criteo
ib.adnxs.com = xandr
match.adsrvr.org = the trade desk
an.yandex.ru = yandex ad network`,
  ],
  [
    PLAIN,
    `news.google.com = google news
www.msn.com = msn
flipboard.com = flipboard
feedly.com = feedly
apple.news = apple news
en.wikipedia.org de.m.wikipedia.org = wikipedia
bit.ly = bit.ly
tinyurl.com = tinyurl
linktr.ee = linktree
docs.google.com drive.google.com sites.google.com groups.google.com calendar.google.com meet.google.com translate.google.com play.google.com support.google.com something-new.google.com = *
aws.amazon.com = *
finance.example.yahoo.com = *
max.com netflix.com.evil.example notx.com xx.com tco.com t.co.evil.example facebook.com.evil.example notfacebook.com fakegoogle.com google.evil.example google.com.evil.example mail.google.com.evil.example bing.com.co.evil.example = *
tea-review.example partner.example.org blog.partner.example.org 203.0.113.9 198.51.100.7 8.8.8.8 = *
xn--mnchen-3ya.example = *
www.awin1.com = awin
app.slack.com = slack`,
  ],
];

/** Android packages, as `answer = package = source`. */
export const APPS: readonly [answer: string, packageName: string, source: string][] = [
  [SEARCH, "com.google.android.googlequicksearchbox", "google"],
  [SEARCH, "com.duckduckgo.mobile.android", "duckduckgo"],
  [SEARCH, "com.microsoft.bing", "bing"],
  [SOCIAL, "com.facebook.katana", "facebook"],
  [SOCIAL, "com.instagram.android", "instagram"],
  [SOCIAL, "com.twitter.android", "twitter"],
  [SOCIAL, "com.linkedin.android", "linkedin"],
  [SOCIAL, "com.pinterest", "pinterest"],
  [SOCIAL, "com.reddit.frontpage", "reddit"],
  [SOCIAL, "org.telegram.messenger", "telegram"],
  [SOCIAL, "xyz.blueskyweb.app", "bluesky"],
  [SOCIAL, "com.zhiliaoapp.musically", "tiktok"],
  [VIDEO, "com.google.android.youtube", "youtube"],
  [VIDEO, "tv.twitch.android.app", "twitch"],
  [SHOPPING, "com.amazon.mShop.android.shopping", "amazon"],
  [SHOPPING, "com.ebay.mobile", "ebay"],
  [AI, "com.openai.chatgpt", "chatgpt"],
  [AI, "com.anthropic.claude", "claude"],
  [AI, "com.google.android.apps.bard", "gemini"],
  [EMAIL, "com.google.android.gm", "gmail"],
  [EMAIL, "com.microsoft.office.outlook", "outlook"],
  [PLAIN, "com.google.android.apps.magazines", "google news"],
  [PLAIN, "com.slack", "slack"],
  [PLAIN, "com.google.android.apps.docs", "com.google.android.apps.docs"],
  [PLAIN, "com.example.unknown", "com.example.unknown"],
];
