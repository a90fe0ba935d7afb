/**
 * Named places without a category (news readers, encyclopedias, work tools, affiliate networks), and hosts that must be read as
 * nothing but themselves although a broader row covers their parent.
 */
import type { SourceRow } from "./row.ts";

export const PLACES: readonly SourceRow[] = [
  ["google news", "Google News", "news.google.com news.google.* app:com.google.android.apps.magazines", "googlenews"],
  ["google discover", "Google Discover", "=discover.google.com"],
  ["apple news", "Apple News", "apple.news news.apple.com", "applenews"],
  ["msn", "MSN", "msn.com msn.cn"],
  ["microsoft start", "Microsoft Start", "app:com.microsoft.amp.apps.bingnews"],
  ["yahoo news", "Yahoo News", "news.yahoo.com news.yahoo.co.jp"],
  ["flipboard", "Flipboard", "flipboard.com flip.it app:flipboard.app"],
  ["smartnews", "SmartNews", "smartnews.com app:jp.gocro.smartnews.android"],
  ["feedly", "Feedly", "feedly.com app:com.devhd.feedly"],
  ["inoreader", "Inoreader", "inoreader.com app:com.innologica.inoreader"],
  ["newsblur", "NewsBlur", "newsblur.com"],
  ["the old reader", "The Old Reader", "theoldreader.com"],
  ["netvibes", "Netvibes", "netvibes.com"],
  ["feedspot", "Feedspot", "feedspot.com"],
  ["bloglovin", "Bloglovin'", "bloglovin.com"],
  ["pocket", "Pocket", "getpocket.com app:com.ideashower.readitlater.pro"],
  ["instapaper", "Instapaper", "instapaper.com"],
  ["raindrop", "Raindrop.io", "raindrop.io"],
  ["newsbreak", "NewsBreak", "newsbreak.com app:com.particlenews.newsbreak"],
  ["upday", "upday", "upday.com"],
  ["ground news", "Ground News", "ground.news"],
  ["techmeme", "Techmeme", "techmeme.com"],
  ["allsides", "AllSides", "allsides.com"],
  ["drudge report", "Drudge Report", "drudgereport.com"],
  ["newsnow", "NewsNow", "newsnow.co.uk newsnow.com"],
  ["squid", "SQUID", "squidapp.co"],
  ["toutiao", "Toutiao", "toutiao.com app:com.ss.android.article.news"],
  ["yahoo finance", "Yahoo Finance", "finance.yahoo.com"],
  ["opera news", "Opera News", "opera.com operanewsapp.com"],
  ["wikipedia", "Wikipedia", "wikipedia.org wikiwand.com app:org.wikipedia"],
  ["medium", "Medium", "medium.com app:com.medium.reader"],
  ["tripadvisor", "Tripadvisor", "tripadvisor.com tripadvisor.*"],
  ["yelp", "Yelp", "yelp.com yelp.*"],
  ["trustpilot", "Trustpilot", "trustpilot.com trustpilot.*"],
  ["trusted shops", "Trusted Shops", "trustedshops.com trustedshops.de trustedshops.*"],
  ["capterra", "Capterra", "capterra.com capterra.*"],
  ["g2", "G2", "g2.com"],
  ["substack", "Substack", "substack.com app:com.substack.app"],
  ["patreon", "Patreon", "patreon.com"],
  ["eventbrite", "Eventbrite", "eventbrite.com eventbrite.*"],
  ["spotify", "Spotify", "spotify.com spotify.link app:com.spotify.music"],
  ["soundcloud", "SoundCloud", "soundcloud.com"],
  ["slack", "Slack", "slack.com slack-redir.net app:com.slack"],
  ["microsoft teams", "Microsoft Teams", "teams.microsoft.com teams.live.com teams.cloud.microsoft statics.teams.cdn.office.net app:com.microsoft.teams"],
  ["notion", "Notion", "notion.so notion.site notion.com"],
  ["trello", "Trello", "trello.com"],
  ["asana", "Asana", "asana.com"],
  ["jira", "Jira", "atlassian.net"],
  ["google search console", "Google Search Console", "=search.google.com"],
  ["awin", "Awin", "awin1.com awin.com zenaps.com"],
  ["cj", "CJ", "cj.com anrdoezrs.net dpbolvw.net jdoqocy.com kqzyfj.com tkqlhce.com emjcd.com", "commission junction,cj affiliate"],
  ["impact", "impact.com", "impact.com sjv.io pxf.io ojrq.net evyy.net impactradius.com", "impact radius,impactradius"],
  ["shareasale", "ShareASale", "shareasale.com shareasale-analytics.com"],
  ["rakuten advertising", "Rakuten Advertising", "linksynergy.com click.linksynergy.com rakutenadvertising.com", "linkshare"],
  ["partnerize", "Partnerize", "prf.hn partnerize.com"],
  ["tradedoubler", "Tradedoubler", "tradedoubler.com"],
  ["tradetracker", "TradeTracker", "tradetracker.net tradetracker.com"],
  ["webgains", "Webgains", "webgains.com"],
  ["skimlinks", "Skimlinks", "skimresources.com redirectingat.com skimlinks.com"],
  ["viglink", "VigLink", "viglink.com"],
  ["digidip", "digidip", "digidip.net"],
  ["admitad", "Admitad", "admitad.com"],
  ["daisycon", "Daisycon", "daisycon.com daisycon.io ds1.nl"],
  ["clickbank", "ClickBank", "clickbank.net clickbank.com"],
];

/** Hosts that are their own source, whatever a broader row says about their parent: a search box is not everything a company owns. */
export const NOT_LISTED: string =
  "docs.google.com drive.google.com sites.google.com groups.google.com calendar.google.com meet.google.com classroom.google.com " +
  "keep.google.com photos.google.com play.google.com support.google.com translate.google.com translate.google.* chat.google.com " +
  "contacts.google.com earth.google.com ads.google.com analytics.google.com tagmanager.google.com tagassistant.google.com " +
  "business.google.com store.google.com one.google.com fonts.google.com developers.google.com cloud.google.com " +
  "console.cloud.google.com lookerstudio.google.com datastudio.google.com myactivity.google.com " +
  "aws.amazon.com console.aws.amazon.com music.amazon.com advertising.amazon.com affiliate-program.amazon.com developer.amazon.com " +
  "sellercentral.amazon.com sellercentral.amazon.de partnernet.amazon.de kdp.amazon.com amazon.jobs photos.amazon.com " +
  "developers.facebook.com business.facebook.com adsmanager.facebook.com developer.twitter.com developer.x.com ads.twitter.com ads.x.com " +
  "help.instagram.com developer.paypal.com docs.stripe.com dashboard.stripe.com support.stripe.com docs.adyen.com " +
  "gist.github.com pages.github.com analytics.google.* developer.ebay.com business.pinterest.com ads.pinterest.com ads.tiktok.com " +
  "ads.reddit.com business.linkedin.com studio.youtube.com webmaster.yandex.ru metrika.yandex.ru metrica.yandex.com direct.yandex.ru " +
  "disk.yandex.ru disk.yandex.com translate.yandex.ru translate.yandex.com";
