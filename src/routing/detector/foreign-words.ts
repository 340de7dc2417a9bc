/*
 * The trade's verbs and nouns in the larger languages, told as English words of the lexicon. Small on purpose: enough to see
 * what is wanted, and answers found this way stay of low confidence.
 */
const WORDS: Readonly<Record<string, string>> = {
  fix: "behebe beheben korrigiere korrigieren repariere reparieren corrige corriger répare réparer corrija corrige arregla arreglar corregir correggi correggere sistema risolvi risolvere corrigir conserte consertar herstel repareer исправь исправить почини починить устрани 修复 修正 修理 解决 直して 修正して 修正 수정 고쳐 napraw popraw åtgärda düzelt أصلح",
  implement:
    "implementiere implementieren programmiere programmieren entwickle entwickeln implémente implémenter développe développer implementa implementar desarrolla desarrollar programa implementare sviluppa sviluppare implemente desenvolva desenvolver implementeer ontwikkel реализуй реализовать разработай 实现 开发 编写代码 実装 実装して 開発 구현 개발 zaimplementuj implementera uygula نفذ",
  create:
    "erstelle erstellen baue bauen lege crée créer ajoute-moi crea crear construye creare crie criar maak создай создать сделай сделать 创建 新建 制作 作成 作成して 作って 만들어 생성 stwórz utwórz skapa oluştur أنشئ",
  add: "füge hinzu ergänze ergänzen ajoute ajouter rajoute añade añadir agrega agregar aggiungi aggiungere adicione adicionar voeg toe добавь добавить 添加 增加 加入 追加 追加して 추가 dodaj lägg ekle أضف",
  write:
    "schreibe schreib schreiben verfasse verfassen écris écrire rédige rédiger escribe escribir redacta scrivi scrivere escreva escrever schrijf напиши написать 写 编写 撰写 書いて 書く 作文 작성 써줘 napisz skriv yaz اكتب",
  change:
    "ändere ändern passe anpassen change changer modifie modifier cambia cambiar modifica cambiare mude mudar altere alterar wijzig verander измени изменить поменяй 修改 更改 改 変更 変更して 변경 바꿔 zmień ändra değiştir غير",
  refactor:
    "refaktoriere refaktorisiere überarbeite refactorise refactoriza refattorizza refatore отрефактори рефакторинг 重构 リファクタリング リファクタ 리팩토링 zrefaktoryzuj",
  remove:
    "entferne entfernen lösche löschen supprime supprimer enlève elimina eliminar borra rimuovi rimuovere remova remover verwijder удали удалить 删除 移除 削除 削除して 삭제 제거 usuń ta_bort sil احذف",
  rename:
    "umbenennen benenne renomme renommer renombra renombrar rinomina renomeie hernoem переименуй 重命名 改名 名前を変更 이름을",
  test: "teste testen prüfe teste tester prueba probar testa testare collauda testar тест протестируй 测试 テスト 테스트 przetestuj testa اختبر",
  tests:
    "tests testfälle prueba pruebas test testes tests тесты тестов тестами 单元测试 ユニットテスト 単体テスト 단위 testy اختبارات",
  coverage:
    "testabdeckung abdeckung couverture cobertura copertura cobertura покрытие покрытия 覆盖率 カバレッジ 커버리지",
  error:
    "fehler fehlermeldung erreur erreurs error errores errore errori erro erros fout fouten ошибка ошибку ошибки ошибкой 错误 报错 出错 エラー 不具合 오류 에러 błąd fel hata خطأ",
  bug: "bug bogue fallo falla баг багу 漏洞 缺陷 バグ 버그",
  crashes:
    "abstürzt stürzt absturz abgestürzt plante plantage falla se_cuelga crasha va_in_crash trava quebra crasht падает вылетает 崩溃 闪退 クラッシュ 落ちる 크래시 죽어 awaria kraschar çöküyor",
  broken:
    "kaputt defekt cassé cassée roto rota rotto rotta quebrado quebrada stuk kapot сломан сломано сломалась 坏了 壊れ 壊れて 고장",
  works: "funktioniert geht fonctionne marche funciona funziona werkt работает działa fungerar çalışıyor",
  not: "nicht pas no non não niet не nie inte değil",
  not_working: "不工作 无法 不能 失败 動かない 動作しない 作動しない 안돼요 안돼 çalışmıyor",
  why: "warum wieso weshalb pourquoi porqué perché waarom почему зачем 为什么 なぜ どうして 왜 dlaczego varför neden لماذا",
  how: "wie comment cómo come como hoe как 如何 怎么 怎样 どうやって どのように 어떻게 jak hur nasıl كيف",
  which:
    "welche welcher welches quel quelle quels quelles cuál cuáles quale quali qual quais welke какой какая какие 哪个 哪些 どの どちら 어떤 który która vilken hangi",
  what: "was quoi qué cosa что 什么 何 무엇 co vad ne ما",
  explain:
    "erkläre erklär erklären explique expliquer explica explicar spiega spiegare leg uit объясни объяснить 解释 说明 説明 説明して 설명 wyjaśnij förklara açıkla اشرح",
  analyse:
    "analysiere analysieren untersuche untersuchen analyse analyser analiza analizar analizza analizzare analise analisar analyseer проанализируй анализ 分析 分析して 解析 분석 przeanalizuj analysera analiz",
  review:
    "überprüfe überprüfen begutachte bewerte relis relire examine revisa revisar rivedi revise revisar beoordeel controleer проверь проверить ревью 审查 评审 检查 レビュー 確認 검토 리뷰 sprawdź granska incele راجع",
  performance:
    "leistung performance rendimiento prestazioni desempenho prestaties производительность производительности 性能 パフォーマンス 성능 wydajność",
  research:
    "recherchiere recherchieren recherche rechercher investiga investigar ricerca ricercare pesquise pesquisar onderzoek исследуй изучи найди 调研 研究 查找 調査 調べて 調べる 조사 찾아 zbadaj undersök araştır ابحث",
  compare:
    "vergleiche vergleich vergleichen compare comparer comparez compara comparar confronta confrontare vergelijk сравни сравнить 比较 对比 比較 比較して 비교 porównaj jämför karşılaştır قارن",
  alternatives:
    "alternativen alternative alternatives alternativas alternatief альтернативы альтернативу 替代 代替 대안",
  library:
    "bibliothek bibliotheken bibliothèque bibliothèques biblioteca bibliotecas librería libreria librerie bibliotheek библиотека библиотеку библиотеки ライブラリ 库 라이브러리 biblioteka bibliotek kütüphane",
  document:
    "dokumentiere dokumentieren documente documenter documenta documentar documentare documenteer задокументируй 記録",
  documentation:
    "dokumentation doku documentation documentación documentazione documentação documentatie документация документацию документации 文档 ドキュメント 文書 문서 문서화 dokumentację dokumentacja",
  readme: "liesmich readme лидми 自述 说明文档",
  guide:
    "anleitung leitfaden handbuch guide manuel manual guía guida manuale guia handleiding руководство инструкцию инструкция 指南 教程 手册 手順書 ガイド 가이드 설명서 poradnik guide kılavuz دليل",
  comment:
    "kommentar kommentare commentaire commentaires comentario comentarios commento commenti comentário comentários opmerking комментарий комментарии 注释 コメント 주석 komentarz",
  translate:
    "übersetze übersetzen traduis traduire traduce traducir traduci tradurre traduza traduzir vertaal переведи перевести 翻译 翻訳 번역 przetłumacz översätt çevir ترجم",
  summarise:
    "fasse zusammenfassen zusammenfassung résume résumer resume resumir riassumi resuma samenvatting резюмируй 总结 要約 まとめて 요약",
  button:
    "knopf schaltfläche button bouton boutons botón botones pulsante bottone pulsanti botão botões knop кнопка кнопку кнопки 按钮 ボタン 버튼 przycisk knapp knappen düğme زر",
  screen_page:
    "seite startseite page página páginas pagina pagine pagina's страница страницу страницы 页面 界面 画面 ページ 페이지 화면 strona sidan sayfa صفحة",
  colour:
    "farbe farben couleur couleurs color colores colore colori cor cores kleur kleuren цвет цвета 颜色 色 색상 색 kolor färg renk لون",
  layout:
    "aussehen darstellung anordnung mise diseño maquetación aspetto disposizione leiaute layout opmaak вёрстка верстка верстку макет 布局 样式 レイアウト デザイン 레이아웃 디자인 스타일 układ",
  restyle:
    "gestalte umgestalten verschönere redessine relooke rediseña rediseñar ridisegna redesenhe перерисуй 美化 リデザイン 리디자인",
  form: "formular formulaire formulario modulo formulário formulier форма форму формы 表单 フォーム 폼 양식 formularz formulär",
  menu: "menü menu menú меню 菜单 メニュー 메뉴",
  mobile:
    "handy mobil mobilgerät móvil celular cellulare telemóvel мобильный мобильной 手机 移动端 スマホ モバイル 모바일",
  frontend:
    "oberfläche interface interfaz interfaccia interface gebruikersinterface интерфейс интерфейса 前端 フロントエンド 프론트엔드",
  function:
    "funktion fonction función funzione função functie функция функцию функции 函数 関数 함수 funkcję funkcja funktionen fonksiyon دالة",
  class: "klasse classe clase classe класс 类 クラス 클래스 klasa klass sınıf",
  endpoint: "schnittstelle endpunkt endpoints 接口 エンドポイント 엔드포인트 эндпоинт",
  code: "code código codice код кода 代码 コード 코드 kod kodu",
  user: "benutzer nutzer utilisateur usuario usuarios utente usuário gebruiker пользователь пользователя 用户 ユーザー 사용자 użytkownik användare",
  database:
    "datenbank base_de_données bdd base_de_datos banco_de_dados база базу базы 数据库 データベース 데이터베이스 baza",
  login: "anmeldung connexion inicio_de_sesión accesso вход авторизация авторизацию 登录 ログイン 로그인",
  automate:
    "automatisiere automatisieren automatise automatiser automatiza automatizar automatizza automatizzare automatize automatiseer автоматизируй автоматизировать 自动化 自動化 자동화 zautomatyzuj automatisera otomatikleştir",
  script: "skript script scripts guión скрипт скрипты 脚本 スクリプト 스크립트 skrypt betik",
  deploy:
    "bereitstellen ausrollen déploie déployer déploiement despliega desplegar despliegue distribuisci implantar implante uitrollen задеплой разверни развернуть деплой 部署 发布 デプロイ 배포 wdróż",
  every_night:
    "nachts nächtlich täglich quotidien chaque_nuit cada_noche diariamente ogni_notte каждую ежедневно 每天 每晚 毎日 毎晩 매일",
  pipeline: "pipeline конвейер 流水线 パイプライン 파이프라인",
  slow: "langsam lent lente lentes lento lenta traag медленно 慢 遅い 느려",
  security:
    "sicherheit sécurité seguridad sicurezza segurança beveiliging безопасность безопасности 安全 セキュリティ 보안",
  database_migration: "migration миграция",
};

/** Languages that write without blanks between words: their words are looked for inside a run of characters. */
const RUNS = /[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af\u0e00-\u0e7f]/;
const LONGEST_RUN = 8;

const ENGLISH: ReadonlyMap<string, string> = new Map(
  Object.entries(WORDS).flatMap(([english, words]) =>
    words.split(" ").map((word) => [word.replaceAll("_", " "), english.replaceAll("_", " ")] as const),
  ),
);

/** English for a word of another language: none, one, or several where the language runs words together. Pure. */
export function englishFor(word: string): readonly string[] | undefined {
  const whole = ENGLISH.get(word);
  if (whole !== undefined) return whole.split(" ");
  if (!RUNS.test(word)) return undefined;
  const found: string[] = [];
  for (let at = 0; at < word.length; at += 1) {
    for (let long = Math.min(LONGEST_RUN, word.length - at); long > 0; long -= 1) {
      const english = ENGLISH.get(word.slice(at, at + long));
      if (english === undefined) continue;
      found.push(...english.split(" "));
      at += long - 1;
      break;
    }
  }
  return found.length === 0 ? undefined : found;
}
