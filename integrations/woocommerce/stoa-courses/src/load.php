<?php
/**
 * Loads the classes of the plugin. SettingsPage is not among them: its parent exists only while WooCommerce shows settings.
 */

namespace Stoa\Courses;

if (!defined('ABSPATH')) {
    exit;
}

require_once __DIR__ . '/Refused.php';
require_once __DIR__ . '/Address.php';
require_once __DIR__ . '/Connection.php';
require_once __DIR__ . '/ConnectionCode.php';
require_once __DIR__ . '/SettingsForm.php';
require_once __DIR__ . '/HandOffToken.php';
require_once __DIR__ . '/HandOff.php';
require_once __DIR__ . '/AccountTab.php';
require_once __DIR__ . '/Webhooks.php';
require_once __DIR__ . '/WebhookReport.php';
require_once __DIR__ . '/WebhookPanel.php';
require_once __DIR__ . '/WebhookWarning.php';
require_once __DIR__ . '/ReachStoa.php';
require_once __DIR__ . '/Plugin.php';
