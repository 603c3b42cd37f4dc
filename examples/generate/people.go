package main

import (
	"fmt"
	"strings"
)

// country is where some of the employees are.
type country struct {
	country, zone, language string
	share                   int // of employees, in percent
	cities, groups          []string
	format                  string // of a phone number, with a %d for 0 to 999
	women, men              names
}

// names are those of women or of men, each with its Latin form behind a slash:
// "Анна/anna". The Latin form may be missing where the name has it.
type names struct {
	given, family string
	patronymics   string
}

// anywhere is any country, the greater ones more often.
func (g *generator) anywhere() country {
	at := g.IntN(100)
	for _, c := range countries {
		if at -= c.share; at < 0 {
			return c
		}
	}
	panic("the countries' shares make no hundred")
}

// name is what one person is called.
type name struct{ first, last, patronymic, latin string }

// name puts one together.
func (c country) name(g *generator) name {
	of := c.women
	if g.oneIn(2) {
		of = c.men
	}
	first, firstLatin := forms(one(g, strings.Fields(of.given)))
	last, lastLatin := forms(one(g, strings.Fields(of.family)))
	n := name{first: first, last: last, latin: firstLatin + "." + lastLatin}
	if of.patronymics != "" && !g.oneIn(5) {
		n.patronymic = one(g, strings.Fields(of.patronymics))
	}
	return n
}

// forms are a name as it is written, _ being a space, and in Latin.
func forms(of string) (written, latin string) {
	written, latin, found := strings.Cut(of, "/")
	if !found {
		latin = strings.ToLower(written)
	}
	return strings.ReplaceAll(written, "_", " "), latin
}

// number is the n-th phone number of the country, from 0 to 999.
func (c country) number(n int) string {
	if c.format == "" { // 555-0100 to 555-0199 are set aside in each area
		return fmt.Sprintf("+1 (%d) 555-01%02d", []int{202, 212, 303, 312, 404, 415, 503, 512, 617, 702}[n/100], n%100)
	}
	return fmt.Sprintf(c.format, n)
}

// countries are where people are. Phone numbers are of ranges that are set aside for
// fiction where there is one (Germany, Great Britain, France, North America), and else
// begin with zeros, which nobody's do.
var countries = []country{
	{
		country: "Россия", share: 30, zone: "Europe/Moscow", language: "ru", cities: []string{"Москва", "Тверь", "Казань"}, groups: []string{"Продажи", "Поддержка"},
		format: "+7 (495) 000-%04d",
		women: names{
			given:       "Анна/anna Мария/maria Ольга/olga Елена/elena Полина/polina Вера/vera Дарья/daria Ксения/ksenia",
			family:      "Соколова/sokolova Морозова/morozova Лебедева/lebedeva Егорова/egorova Зимина/zimina Щукина/shchukina Крылова/krylova Ёлкина/yolkina",
			patronymics: "Петровна Ивановна Сергеевна Андреевна Ильинична",
		},
		men: names{
			given:       "Борис/boris Павел/pavel Олег/oleg Егор/egor Илья/ilya Фёдор/fyodor Глеб/gleb Юрий/yuri",
			family:      "Соколов/sokolov Морозов/morozov Лебедев/lebedev Егоров/egorov Зимин/zimin Щукин/shchukin Крылов/krylov Ёлкин/yolkin",
			patronymics: "Петрович Иванович Сергеевич Андреевич Ильич",
		},
	},
	{
		country: "Қазақстан", share: 4, zone: "Asia/Almaty", language: "kk", cities: []string{"Алматы", "Астана"}, groups: []string{"Поддержка", "24"},
		format: "+7 727 000 %04d",
		women:  names{given: "Айгүл/aigul Әсел/asel Гүлнар/gulnar", family: "Қасымова/kasymova Омарова/omarova Сәрсенова/sarsenova"},
		men:    names{given: "Ерлан/erlan Нұрлан/nurlan Әділ/adil", family: "Қасымов/kasymov Омаров/omarov Сәрсенов/sarsenov"},
	},
	{
		country: "United Kingdom", share: 10, zone: "Europe/London", language: "en", cities: []string{"London", "Leeds", "St Albans"}, groups: []string{"24"},
		format: "+44 20 7946 %04d",
		women:  names{given: "Alice Grace Maeve Siân/sian Zoë/zoe", family: "Archer Fletcher O'Brien/obrien Lloyd-Hughes/lloyd-hughes Winterbourne"},
		men:    names{given: "Arthur Callum Owen Rhys Toby", family: "Archer Fletcher O’Neill/oneill Lloyd-Hughes/lloyd-hughes Winterbourne"},
	},
	{
		country: "United States", share: 9, zone: "America/New_York", language: "en", cities: []string{"Springfield", "Albany", "Portland, Maine"}, groups: []string{"24"},
		women: names{given: "Emma Hazel Ruby María/maria Noelle", family: "Carver Delgado Maplewood de_la_Cruz/delacruz Yardley"},
		men:   names{given: "Ethan Jasper Miles José/jose Wyatt", family: "Carver Delgado Maplewood de_la_Cruz/delacruz Yardley"},
	},
	{
		country: "France", share: 8, zone: "Europe/Paris", language: "fr", cities: []string{"Paris", "Saint-Étienne", "Orléans"}, groups: []string{"Accueil"},
		format: "+33 1 99 00 %04d",
		women:  names{given: "Amélie/amelie Chloé/chloe Anaïs/anais Inès/ines", family: "Lefèvre/lefevre Béranger/beranger D'Aubigné/daubigne Garçon/garcon"},
		men:    names{given: "Loïc/loic Rémi/remi Gaël/gael Théo/theo", family: "Lefèvre/lefevre Béranger/beranger D'Aubigné/daubigne Garçon/garcon"},
	},
	{
		country: "Deutschland", share: 8, zone: "Europe/Berlin", language: "de", cities: []string{"Köln", "Görlitz", "Berlin"}, groups: []string{"Kundendienst"},
		format: "+49 30 23125 %03d",
		women:  names{given: "Jördis/joerdis Käthe/kaethe Änne/aenne Lotte", family: "Groß/gross Müller/mueller Jäger/jaeger von_Öttingen/vonoettingen"},
		men:    names{given: "Jürgen/juergen Björn/bjoern Götz/goetz Lutz", family: "Groß/gross Müller/mueller Jäger/jaeger von_Öttingen/vonoettingen"},
	},
	{
		country: "Polska", share: 5, zone: "Europe/Warsaw", language: "pl", cities: []string{"Łódź", "Kraków"}, groups: []string{"Accueil"},
		format: "+48 22 000 %04d",
		women:  names{given: "Małgorzata/malgorzata Żaneta/zaneta Łucja/lucja", family: "Wiśniewska/wisniewska Dąbrowska/dabrowska Źrebięcka/zrebiecka"},
		men:    names{given: "Paweł/pawel Łukasz/lukasz Grześ/grzes", family: "Wiśniewski/wisniewski Dąbrowski/dabrowski Źrebięcki/zrebiecki"},
	},
	{
		country: "Türkiye", share: 5, zone: "Europe/Istanbul", language: "tr", cities: []string{"İstanbul", "Eskişehir"}, groups: []string{"24"},
		format: "+90 212 000 %04d",
		women:  names{given: "Ayşe/ayse Çiğdem/cigdem Işıl/isil İpek/ipek", family: "Yıldız/yildiz Öztürk/ozturk Şahin/sahin"},
		men:    names{given: "Oğuz/oguz Çağlar/caglar Işık/isik İlker/ilker", family: "Yıldız/yildiz Öztürk/ozturk Şahin/sahin"},
	},
	{
		country: "Ελλάδα", share: 4, zone: "Europe/Athens", language: "el", cities: []string{"Αθήνα", "Θεσσαλονίκη"}, groups: []string{"Εξυπηρέτηση"},
		format: "+30 21 0000 %04d",
		women:  names{given: "Ελένη/eleni Δάφνη/dafni Ζωή/zoi", family: "Παππά/pappa Αγγέλου/angelou Οικονόμου/oikonomou"},
		men:    names{given: "Νίκος/nikos Στέλιος/stelios Ορέστης/orestis", family: "Παππάς/pappas Αγγέλου/angelou Οικονόμου/oikonomou"},
	},
	{
		country: "中国", share: 5, zone: "Asia/Shanghai", language: "zh", cities: []string{"北京", "上海", "成都"}, groups: []string{"客户服务"},
		format: "+86 10 0000 %04d",
		women:  names{given: "秀英/xiuying 丽娜/lina 晓梅/xiaomei", family: "王/wang 李/li 欧阳/ouyang 陈/chen"},
		men:    names{given: "伟/wei 志强/zhiqiang 建国/jianguo", family: "王/wang 李/li 欧阳/ouyang 陈/chen"},
	},
	{
		country: "日本", share: 3, zone: "Asia/Tokyo", language: "ja", cities: []string{"東京", "大阪"}, groups: []string{"客户服务"},
		format: "+81 3 0000 %04d",
		women:  names{given: "さくら/sakura 陽子/yoko ゆい/yui", family: "森/mori 髙橋/takahashi 石川/ishikawa"},
		men:    names{given: "健/ken タケシ/takeshi 翔/sho", family: "森/mori 髙橋/takahashi 石川/ishikawa"},
	},
	{
		country: "대한민국", share: 2, zone: "Asia/Seoul", language: "ko", cities: []string{"서울", "부산"}, groups: []string{"24"},
		format: "+82 2 000 %04d",
		women:  names{given: "민지/minji 서연/seoyeon", family: "김/kim 박/park 황보/hwangbo"},
		men:    names{given: "준호/junho 도윤/doyun", family: "김/kim 박/park 황보/hwangbo"},
	},
	{
		country: "الإمارات", share: 2, zone: "Asia/Dubai", language: "ar", cities: []string{"دبي", "أبوظبي"}, groups: []string{"خدمة العملاء"},
		format: "+971 4 000 %04d",
		women:  names{given: "ليلى/layla سارة/sara نور/noor", family: "الحداد/alhaddad منصور/mansour البستاني/albustani"},
		men:    names{given: "يوسف/yusuf كريم/karim عمر/omar", family: "الحداد/alhaddad منصور/mansour البستاني/albustani"},
	},
	{
		country: "ישראל", share: 1, zone: "Asia/Jerusalem", language: "he", cities: []string{"חיפה", "באר שבע"}, groups: []string{"24"},
		format: "+972 3 000 %04d",
		women:  names{given: "נועה/noa תמר/tamar", family: "לוי/levi בן־דוד/bendavid"},
		men:    names{given: "איתי/itai אורי/uri", family: "לוי/levi בן־דוד/bendavid"},
	},
	{
		country: "भारत", share: 2, zone: "Asia/Kolkata", language: "hi", cities: []string{"नई दिल्ली", "मुंबई"}, groups: []string{"24"},
		format: "+91 11 0000 %04d",
		women:  names{given: "प्रिया/priya कविता/kavita", family: "शर्मा/sharma वर्मा/varma"},
		men:    names{given: "अर्जुन/arjun रोहन/rohan", family: "शर्मा/sharma वर्मा/varma"},
	},
	{
		country: "Việt Nam", share: 2, zone: "Asia/Ho_Chi_Minh", language: "vi", cities: []string{"Hà Nội", "Đà Nẵng"}, groups: []string{"24"},
		format: "+84 24 0000 %04d",
		women:  names{given: "Hương/huong Thảo/thao Ngọc_Ánh/ngocanh", family: "Nguyễn/nguyen Trần/tran Đặng/dang"},
		men:    names{given: "Đức/duc Dũng/dung Hiếu/hieu", family: "Nguyễn/nguyen Trần/tran Đặng/dang"},
	},
}

var skills = []string{"English", "Русский", "Français", "Billing", "Returns", "VIP"}

var statusLines = []string{
	"Back at 14:00", "Перезвоню сама", "👋 bin gleich da", `"The quiet one"`, "à bientôt; vraiment", "請稍候", "سأعود قريبا",
}

var descriptions = []string{
	"Speaks slowly, listens well.",
	"Shift lead since 2019; knows the billing system, the old one too.",
	`Called "the encyclopaedia", and rightly so: ask about refunds.`,
	"Пишет лучше, чем говорит: чаты, письма.",
	`Prefers chats, e-mails, and "no calls before ten".`,
	"  With a space or two before\u00a0and after  ",
}
